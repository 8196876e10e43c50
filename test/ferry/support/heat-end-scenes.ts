import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchedHeat } from '../../../src/ferry/heat.js';
import type { Ferry, HeatSourceName, Region } from '../../../src/index.js';
import { HostMarks } from '../../../src/linux/accessed/host-marks.js';
import { assertContent, fill } from './content.js';
import { LIMIT, MIB, withFerry } from './fixture.js';

/** No test would wait until its end. */
const HOUR = { intervalMs: 3_600_000 } as const;

export const SOURCES: readonly HeatSourceName[] = [
  'hint',
  ...(['referenced', 'written'] as const).filter((name) => HostMarks.probe(name).problem === undefined),
];

interface Watched {
  readonly ferry: Ferry;
  readonly region: Region;
  readonly buffer: SharedArrayBuffer;
}

export function filled(ferry: Ferry): Watched {
  const buffer = new SharedArrayBuffer(8 * MIB);
  fill(buffer);
  return { ferry, region: ferry.adopt(buffer), buffer };
}

/** Lets the migration thread begin the watch, and more than one look of it. */
function looked(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}

const OVER = { value: undefined, done: true };

export function returnEnds(cases: readonly (typeof SOURCES)[number][]): void {
  for (const source of cases) {
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

export const ENDS_WATCH_CASES = Object.entries(ENDS);

export function endsWatch(cases: readonly (typeof ENDS_WATCH_CASES)[number][]): void {
  for (const [name, end] of cases) {
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
}
