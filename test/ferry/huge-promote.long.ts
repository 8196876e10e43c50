import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampled } from '../deep.js';
import { HUGE, LIMIT, PAGE, tally, whereAll } from './support/fixture.js';
import { withHugeBuffer } from './support/huge-buffer.js';
import { advise, MADV_DONTNEED } from './support/system-calls.js';

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  for (const to of [1, 0]) {
    for (const migrator of sampled([undefined, { name: 'dcbm', channels: 1 }] as const, 1)) {
      const where = to === 0 ? 'the node that it is on' : 'another node';
      test(
        `promote to ${where}: live small pages arrive on huge ones, ${migrator?.name ?? 'no migrator'}, ${copyMode}`,
        LIMIT,
        async (t) => {
          await withHugeBuffer(
            t,
            { folioSize: PAGE, huge: false },
            async ({ ferry, region, hugeBytes, chunks, crew }) => {
              if (migrator !== undefined) await ferry.registerMigrator(migrator);
              assert.equal(hugeBytes(), 0);
              const result = await region.migrate({ to, copyMode, hugePages: 'promote' });
              assert.deepEqual(result.failures, []);
              assert.equal(result.hugeBytes, chunks * HUGE);
              assert.equal(hugeBytes(), chunks * HUGE);
              await crew.allGoOn();
              assert.deepEqual(tally(await whereAll(region)), { [to]: region.migratableBytes / PAGE });
              const again = await region.migrate({ to, copyMode, hugePages: 'promote' });
              assert.equal(again.bytesMoved, 0, 'what is on huge pages is left alone');
              assert.equal(again.hugeBytes, chunks * HUGE);
            },
          );
        },
      );
    }
  }
}

test(
  'promote: 2M of which a part was never touched are filled up; untouched ones stay so',
  LIMIT,
  async (t) => {
    await withHugeBuffer(
      t,
      { folioSize: PAGE, huge: false, idle: true },
      async ({ region, address, first, hugeBytes, chunks }) => {
        // Of one every page but one goes, of another all.
        advise(address + first + PAGE, HUGE - PAGE, MADV_DONTNEED);
        advise(address + first + HUGE, HUGE, MADV_DONTNEED);
        const result = await region.migrate({ to: 1, hugePages: 'promote' });
        assert.deepEqual(result.failures, []);
        assert.equal(result.hugeBytes, (chunks - 1) * HUGE);
        assert.equal(hugeBytes(), (chunks - 1) * HUGE);
        const bytes = new Uint8Array(region.buffer, first, 2 * HUGE);
        assert.equal(
          bytes.findIndex((byte, i) => i >= PAGE && byte !== 0),
          -1,
        );
      },
    );
  },
);
