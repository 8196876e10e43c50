import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { WatchedHeat } from '../../src/ferry/heat.js';
import { MigrationError, type Region, type WasmMemory } from '../../src/index.js';
import { HostMarks } from '../../src/linux/accessed/host-marks.js';
import type { InPlaceSourceName } from '../../src/mm/ports/access-port.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { WASM_PAGE } from './support/wasm.js';

const UNIT = 2 * MIB;
const FAST = { intervalMs: 20, cpuShare: 1, stallShare: 1 } as const;

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

async function first(heat: AsyncIterable<WatchedHeat>): Promise<WatchedHeat> {
  for await (const watched of heat) return watched;
  return assert.fail('it ended before the first result');
}

/** `damon` is in access/damon.test.ts, because the host has one for everybody. */
const SOURCES = ['hint', ...(['referenced', 'written', 'idle'] as const).filter(isHere)] as const;

function isHere(source: InPlaceSourceName): boolean {
  return HostMarks.probe(source).problem === undefined;
}

for (const [source, folioSize] of SOURCES.flatMap((name) => [[name, 4096] as const, [name, UNIT] as const])) {
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

test('a region migrates while it is watched, and two can watch it', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    fill(buffer);
    const region = ferry.adopt(buffer);
    const rounds = async (): Promise<number> => {
      let count = 0;
      for await (const { snapshot } of region.heat({ ...FAST, unitBytes: 4096 })) {
        assert.equal(snapshot.rate.length, Math.ceil(region.migratableBytes / 4096));
        if (++count === 5) break;
      }
      return count;
    };
    const watching = Promise.all([rounds(), rounds()]);
    for (const to of [1, 0, 1]) assert.equal((await region.migrate({ to })).foliosFailed, 0);
    assert.deepEqual(await watching, [5, 5]);
    assertContent(buffer);
  });
});

test('it ends when the region is released, the ferry is closed, or a signal aborts', LIMIT, async () => {
  for (const how of ['release', 'close', 'abort'] as const) {
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(4 * MIB);
      fill(buffer);
      const region = ferry.adopt(buffer);
      const controller = new AbortController();
      let count = 0;
      for await (const _ of region.heat({ ...FAST, signal: controller.signal })) {
        if (++count > 1) continue;
        if (how === 'release') void region.release();
        else if (how === 'close') void ferry.close();
        else controller.abort();
      }
      assert.ok(count >= 1);
      assertContent(buffer);
    });
  }
});

test('memory that grows is watched to its end', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const { WebAssembly } = globalThis as unknown as {
      WebAssembly: { Memory: new (d: { initial: number; maximum: number; shared: true }) => WasmMemory };
    };
    const memory = new WebAssembly.Memory({ initial: 32, maximum: 256, shared: true });
    const region = ferry.adopt(memory);
    assert.equal((await first(region.heat(FAST))).snapshot.bytes, 32 * WASM_PAGE);
    memory.grow(64);
    new Uint8Array(memory.buffer).fill(1);
    const { snapshot } = await first(region.heat(FAST));
    assert.equal(snapshot.bytes, 96 * WASM_PAGE);
  });
});

for (const source of SOURCES) {
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

for (const source of (['referenced', 'written', 'idle'] as const).filter((name) => !isHere(name))) {
  test(`${source}: the host does not have it, and the error says what it needs`, LIMIT, async () => {
    const { problem, needs } = HostMarks.probe(source);
    await withFerry({}, async (ferry) => {
      const region = ferry.adopt(new SharedArrayBuffer(4 * MIB));
      await assert.rejects(first(region.heat({ ...FAST, source })), (error) => {
        assert.ok(error instanceof MigrationError);
        assert.deepEqual([error.code, error.operation], ['EOPNOTSUPP', 'heat']);
        assert.equal(error.problem, `this host does not have the access source ${source}: ${problem}`);
        assert.equal(error.advice, `It needs ${needs}`);
        return true;
      });
    });
  });
}

test('without a source, the best that the host has is used', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(4 * MIB));
    assert.equal((await first(region.heat(FAST))).snapshot.source, 'referenced');
  });
});

test('bad options are named, before anything is watched', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(MIB));
    const refused = (options: unknown, argument: string): void => {
      assert.throws(
        () => region.heat(options as Parameters<Region['heat']>[0]),
        (error) =>
          error instanceof MigrationError &&
          error.code === 'EINVAL' &&
          error.operation === 'heat' &&
          error.argument === argument,
        argument,
      );
    };
    refused({ source: 'perf' }, 'options.source');
    for (const value of [0, 9, 3_600_001, 1.5, '20', Number.NaN])
      refused({ intervalMs: value }, 'options.intervalMs');
    for (const value of [0, -1, 1.01, Number.NaN, '1']) {
      refused({ cpuShare: value }, 'options.cpuShare');
      refused({ stallShare: value }, 'options.stallShare');
    }
    for (const value of [0, 4095, 12288, 2 ** 31]) refused({ unitBytes: value }, 'options.unitBytes');
    for (const value of [0, 8192, 2 ** 30]) refused({ minUnitBytes: value }, 'options.minUnitBytes');
    refused({ halfLifeMs: 1 }, 'options.halfLifeMs');
    refused({ signal: {} }, 'options.signal');
    refused({ interval: 1 }, 'options.interval');
    refused(null, 'options');
    await region.release();
    refused({}, 'region');
    await ferry.close();
    assert.throws(() => region.heat(), { code: 'EBADF' });
  });
});
