import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import { openFerry } from '../../src/index.js';
import { assertContent, fill } from '../ferry/support/content.js';
import { HUGE, LIMIT, until, withFerry } from '../ferry/support/fixture.js';
import { WASM_PAGE, wasmMemory } from '../ferry/support/wasm.js';
import { KnownHeat } from './support/known-heat.js';
import { epochs, filled, NODES, OPTIONS, untilFast } from './support/known-pilot.js';
import { THREAD_ENDS_CASES, threadEnds } from './support/lifecycle-scenes.js';

test('a region that is released at any moment, also while it moves, is dropped', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const heat = new KnownHeat();
    const autopilot = launch(ferry, { ...OPTIONS, policy: 'frequency' }, heat.watch);
    for (let round = 0; round < 8; round++) {
      const { buffer, region } = filled(ferry);
      heat.rates.set(region, [1e7, 0, 1e7, 0, 0, 0, 1e7]);
      await epochs(autopilot, heat, 1);
      const moved = ferry.stats().bytes_moved;
      heat.step();
      if (round % 2 === 0) await until(() => ferry.stats().bytes_moved > moved);
      await region.release();
      await epochs(autopilot, heat, 2);
      assert.equal(autopilot.report().regions, 0);
      assertContent(buffer);
    }
    assert.equal(autopilot.report().state, 'running');
  });
});

test('it stops and the ferry closes while it moves', LIMIT, async () => {
  for (const end of ['stop', 'close'] as const) {
    const ferry = await openFerry({ nodes: NODES });
    const { buffer, region } = filled(ferry);
    const heat = new KnownHeat();
    heat.rates.set(region, [0, 0, 1e7, 0, 1e7, 1e7]);
    const autopilot = launch(ferry, { ...OPTIONS, policy: 'frequency', maxPauseMs: 0.05 }, heat.watch);
    await epochs(autopilot, heat, 1);
    if (end === 'close') heat.step();
    await (end === 'stop' ? autopilot.stop() : ferry.close());
    assert.equal(autopilot.report().state, 'stopped');
    await ferry.close();
    assertContent(buffer);
  }
});

test('a region that grows has more units, and they are placed, too', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const pages = (8 * HUGE) / WASM_PAGE;
    const memory = wasmMemory({ initial: pages / 2, maximum: pages, shared: true });
    fill(memory.buffer as unknown as SharedArrayBuffer);
    const region = ferry.adopt(memory, { node: 1 });
    const heat = new KnownHeat();
    heat.rates.set(region, [1e7]);
    const autopilot = launch(ferry, { ...OPTIONS, policy: 'frequency' }, heat.watch);
    await untilFast(autopilot, heat, region, [0]);
    memory.grow(pages / 2);
    new Uint8Array(memory.buffer).fill(7, 4 * HUGE);
    heat.rates.set(region, [1e7, 0, 0, 0, 0, 1e7]);
    await untilFast(autopilot, heat, region, [0, 5]);
    assert.equal(autopilot.report().bytes, 8 * HUGE);
    assert.ok(new Uint8Array(memory.buffer).subarray(4 * HUGE).every((byte) => byte === 7));
  });
});

threadEnds(THREAD_ENDS_CASES.slice(1));
