import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { WatchedHeat } from '../../../src/ferry/heat.js';
import { HostMarks } from '../../../src/linux/accessed/host-marks.js';
import type { InPlaceSourceName } from '../../../src/mm/ports/access-port.js';
import { assertContent, fill } from './content.js';
import { LIMIT, MIB, withFerry } from './fixture.js';

const UNIT = 2 * MIB;

export const FAST = { intervalMs: 20, cpuShare: 1, stallShare: 1 } as const;

/** A thread that writes to one unit of a region's memory all the time. */
class HotSpot {
  readonly #control = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;

  constructor(memory: SharedArrayBuffer, offset: number, bytes: number) {
    this.#worker = new Worker(
      `const { memory, offset, bytes, control } = require('node:worker_threads').workerData;
       const words = new Int32Array(memory);
       while (Atomics.load(control, 0) === 0)
         for (let at = offset; at < offset + bytes; at += 4096) Atomics.add(words, at / 4, 1);`,
      { eval: true, workerData: { memory, offset, bytes, control: this.#control } },
    );
  }

  async end(): Promise<void> {
    Atomics.store(this.#control, 0, 1);
    await new Promise((resolve) => this.#worker.once('exit', resolve));
  }
}

export async function first(heat: AsyncIterable<WatchedHeat>): Promise<WatchedHeat> {
  for await (const watched of heat) return watched;
  return assert.fail('it ended before the first result');
}

/** `damon` is in access/damon.test.ts, because the host has one for everybody. */
export const SOURCES = ['hint', ...(['referenced', 'written', 'idle'] as const).filter(isHere)] as const;

export function isHere(source: InPlaceSourceName): boolean {
  return HostMarks.probe(source).problem === undefined;
}

export const THE_USED_IS_THE_HOTTEST_CASES = SOURCES.flatMap((name) => [
  [name, 4096] as const,
  [name, UNIT] as const,
]);

export function theUsedIsTheHottest(cases: readonly (typeof THE_USED_IS_THE_HOTTEST_CASES)[number][]): void {
  for (const [source, folioSize] of cases) {
    test(
      `${source}: the unit that is used is the hottest, and nothing is lost (folios of ${folioSize})`,
      LIMIT,
      async () => {
        await withFerry({}, async (ferry) => {
          const buffer = new SharedArrayBuffer(16 * MIB);
          fill(buffer);
          const region = ferry.adopt(buffer, { folioSize });
          // In the fourth unit of the snapshot, whose units begin at the first whole page.
          const { offset } = region.migratable[0]!;
          const hot = new HotSpot(buffer, offset + 3 * UNIT + 65536, UNIT / 2);
          let settled = false;
          for await (const { snapshot, cost } of region.heat({ ...FAST, source })) {
            const { rate, known, unitBytes } = snapshot;
            assert.deepEqual([unitBytes, snapshot.source, rate.length], [UNIT, source, 8]);
            assert.ok(cost.units >= cost.touched);
            // The last unit is smaller, and all of the memory is to be known.
            if (!known.every((part) => part === 1)) continue;
            // Whole page tables are watched, whose bounds are not those of the snapshot's units: neighbours share the heat.
            const near = rate[2]! + rate[3]! + rate[4]!;
            settled = near > 2 * (rate.reduce((sum, each) => sum + each, 0) - near) && Math.max(...rate) > 0;
            if (settled) break;
          }
          assert.ok(settled);
          await hot.end();
          const words = new Int32Array(buffer);
          // Each page was written to as often as every other, but for the last round.
          const counts = Array.from(
            { length: 256 },
            (_, page) => words[(offset + 3 * UNIT + 65536) / 4 + page * 1024]!,
          );
          assert.ok(counts.length === 256);
          assertContent(buffer, 0, 0, offset + 3 * UNIT);
          assertContent(buffer, 0, offset + 4 * UNIT);
        });
      },
    );
  }
}

export function untouchedStaysAbsent(cases: readonly (typeof SOURCES)[number][]): void {
  for (const source of cases) {
    test(`${source}: memory that nobody has touched stays absent`, LIMIT, async () => {
      await withFerry({}, async (ferry) => {
        const region = ferry.adopt(new SharedArrayBuffer(64 * MIB));
        for await (const { snapshot } of region.heat({ ...FAST, source })) {
          assert.ok([...snapshot.rate].every((rate) => !(rate > 0)));
          // `hint` watches no absent page. The others know that nobody has used it, once the program has run for a while.
          const known = snapshot.known.every((part) => part === 1);
          assert.ok(source !== 'hint' || !known);
          if (source === 'hint' || known) break;
        }
        assert.deepEqual([...(await region.locate()).values()], []);
      });
    });
  }
}
