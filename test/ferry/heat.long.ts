import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WasmMemory } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import {
  FAST,
  first,
  SOURCES,
  THE_USED_IS_THE_HOTTEST_CASES,
  theUsedIsTheHottest,
  untouchedStaysAbsent,
} from './support/heat-scenes.js';
import { WASM_PAGE } from './support/wasm.js';

theUsedIsTheHottest(THE_USED_IS_THE_HOTTEST_CASES.slice(1));

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

untouchedStaysAbsent(SOURCES.slice(1));

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
