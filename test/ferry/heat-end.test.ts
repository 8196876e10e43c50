import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchedHeat } from '../../src/ferry/heat.js';
import type { Ferry, HeatSourceName, Region } from '../../src/index.js';
import { HostMarks } from '../../src/linux/accessed/host-marks.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';

/** No test would wait until its end. */
const HOUR = { intervalMs: 3_600_000 } as const;
const SOURCES: readonly HeatSourceName[] = [
  'hint',
  ...(['referenced', 'written'] as const).filter((name) => HostMarks.probe(name).problem === undefined),
];

interface Watched {
  readonly ferry: Ferry;
  readonly region: Region;
  readonly buffer: SharedArrayBuffer;
}

function filled(ferry: Ferry): Watched {
  const buffer = new SharedArrayBuffer(8 * MIB);
  fill(buffer);
  return { ferry, region: ferry.adopt(buffer), buffer };
}

/** Lets the migration thread begin the watch, and more than one look of it. */
function looked(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}

/** The path of a parameter. */
const ELSEWHERE = '/module/pageferry/parameters/batch_bytes';
const OVER = { value: undefined, done: true };

for (const source of SOURCES) {
  test(
    `${source}: return ends a watch within its interval, and the memory moves and keeps its content`,
    LIMIT,
    async () => {
      await withFerry({}, async (ferry) => {
        const { region, buffer } = filled(ferry);
        const results = region.heat({ ...HOUR, source, cpuShare: 1, stallShare: 1 });
        const [first, second] = [results.next(), results.next()];
        await looked();
        assert.deepEqual(await results.return!(), OVER);
        assert.deepEqual([await first, await second, await results.next()], [OVER, OVER, OVER]);
        assert.equal((await region.migrate({ to: 1 })).foliosFailed, 0);
        assertContent(buffer);
      });
    },
  );
}

const ENDS: Readonly<
  Record<
    string,
    (watched: Watched, results: AsyncIterableIterator<WatchedHeat>, end: AbortController) => unknown
  >
> = {
  'an aborted signal': (_watched, _results, end) => end.abort(),
  'the release of the region': ({ region }) => void region.release(),
  'the end of the ferry': ({ ferry }) => void ferry.close(),
  throw: (_watched, results) => results.throw!(new RangeError('mine')).catch((error) => error),
};

for (const [name, end] of Object.entries(ENDS)) {
  test(`${name} ends a watch within its interval`, LIMIT, async () => {
    await withFerry({}, async (ferry) => {
      const watched = filled(ferry);
      const controller = new AbortController();
      const results = watched.region.heat({ ...HOUR, signal: controller.signal });
      const next = results.next();
      await looked();
      const ended = await end(watched, results, controller);
      assert.deepEqual([await next, await results.next()], [OVER, OVER]);
      if (name === 'throw') assert.ok(ended instanceof RangeError);
      assertContent(watched.buffer);
    });
  });
}

test('break ends a watch, and another one begins', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const { region, buffer } = filled(ferry);
    for (let round = 0; round < 3; round++) {
      let results = 0;
      for await (const { snapshot } of region.heat({ intervalMs: 10 })) {
        assert.equal(snapshot.bytes, region.migratableBytes);
        results++;
        break;
      }
      assert.equal(results, 1);
    }
    assertContent(buffer);
  });
});

test('results that are requested at once come one after the other', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const { region } = filled(ferry);
    const results = region.heat({ intervalMs: 10 });
    const found = await Promise.all([results.next(), results.next(), results.next()]);
    const moments = found.map(({ value }) => (value as WatchedHeat).snapshot.atMs);
    assert.deepEqual(
      moments,
      [...new Set(moments)].sort((a, b) => a - b),
    );
    await results.return!();
  });
});

test('one signal serves many regions without a warning, also for migrations', LIMIT, async (t) => {
  const warnings: string[] = [];
  const warn = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', warn);
  t.after(() => process.off('warning', warn));
  await withFerry({}, async (ferry) => {
    const end = new AbortController();
    const { signal } = end;
    const regions = Array.from({ length: 20 }, () => ferry.allocate(MIB));
    let seen = 0;
    const watches = regions.map(async (region) => {
      let results = 0;
      for await (const { snapshot } of region.heat({ intervalMs: 10, signal })) {
        assert.equal(snapshot.bytes, region.migratableBytes);
        // The last region to have a result ends all watches.
        if (++results === 1 && ++seen === regions.length) end.abort();
      }
    });
    for (let i = 0; i < 20; i++) ferry.parameters.watch(ELSEWHERE, () => undefined, { signal });
    await Promise.all(watches);
    const unused = new AbortController();
    await Promise.all(regions.map((region) => region.migrate({ to: 0, signal: unused.signal })));
  });
  // Node reports them a little later.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});
