import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Region, type RegionHost } from '../../src/ferry/region.js';
import { MigrationRecord } from '../../src/ferry/thread/migration-record.js';
import { LIMIT, MIB, refusal, withFerry } from './support/fixture.js';

test('a host that cannot write-protect refuses write-protected before anything is asked of the thread', async () => {
  const asked: number[] = [];
  const host: RegionHost = {
    nodeIds: [0, 1],
    batchBytes: 2 * 2 ** 20,
    defaultBatch: undefined,
    capabilities: { writeProtection: false },
    checkOpen: () => undefined,
    takeRecord: () => new MigrationRecord(),
    freeRecord: () => undefined,
    migrate: (_, { region }) => {
      asked.push(region);
      return Promise.reject(new Error('the thread was asked'));
    },
    discard: () => assert.fail(),
    pageOut: () => assert.fail(),
    advise: () => assert.fail(),
    heat: () => assert.fail(),
    movePages: () => assert.fail('pages were asked for'),
    releaseRegion: async () => undefined,
    replaceMemory: () => undefined,
    watch: () => undefined,
    unwatch: () => undefined,
    wholePages: () => assert.fail('its memory has not changed'),
  };
  const memory = new SharedArrayBuffer(MIB);
  const span = { address: 0x1000, offset: 16, pages: 16 };
  const region = new Region(host, 1, 'one', 0, [memory], {
    bytes: MIB,
    spans: [span],
    origin: 'adopted',
    place: undefined,
    growth: 'follow',
    reference: 'strong',
    movable: false,
  });
  await assert.rejects(
    region.migrate({ to: 1, copyMode: 'write-protected' }),
    refusal('EOPNOTSUPP', 'options.copyMode'),
  );
  assert.deepEqual(asked, []);
});

test('words that are none are refused, and said what there is', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(MIB));
    for (const [option, value, known] of [
      ['copyMode', 'shared', /'exclusive' or 'write-protected'/],
      ['copyMode', null, /'exclusive' or 'write-protected'/],
      ['hugePages', 'always', /'keep', 'promote' or 'split'/],
      ['hugePages', 2, /'keep', 'promote' or 'split'/],
    ] as const) {
      const options = { to: 1, [option]: value } as unknown as Parameters<typeof region.migrate>[0];
      await assert.rejects(region.migrate(options), (error: Error) => {
        refusal('EINVAL', `options.${option}`)(error);
        assert.match(error.message, known);
        return true;
      });
    }
  });
});
