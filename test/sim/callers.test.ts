import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonBit } from '../../src/mm/reason.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { Demotion, SWAP_CLUSTER_MAX } from '../../src/sim/callers/demotion.js';
import { Promotion } from '../../src/sim/callers/promotion.js';
import { ProgramThread } from '../../src/sim/machine/program-thread.js';
import { World } from './world.js';

test('demotion takes what nobody has touched, in clusters, and gives a second chance to the rest', () => {
  const world = new World(1024, 0);
  const thread = new ProgramThread(world.sim.machine, world.space);
  for (let page = 0; page < 256; page++) thread.read(page, 0);
  const demotion = new Demotion(world.sim, { space: world.space, from: 0, to: 1 });
  assert.equal(demotion.reclaim(640), 640);
  for (let page = 0; page < 256; page++) assert.equal(world.sim.memory.nodeOf(world.frame(page)), 0);
  assert.equal(demotion.stats.get('batches'), 640 / SWAP_CLUSTER_MAX);
  assert.deepEqual(world.check(), [1024 - 640, 640]);
  // The hand comes round: who was not touched again goes as well, though not who was.
  thread.read(7, 0);
  assert.equal(demotion.reclaim(1024 - 640 - 1), 1024 - 640 - 1);
  assert.equal(world.sim.memory.nodeOf(world.frame(7)), 0);
  world.check();
});

test('promotion brings a folio to the node of the thread that has touched it, each by itself or collected', () => {
  for (const [batch, batches] of [
    [1, 64],
    [16, 4],
  ] as const) {
    const world = new World(1024, 4);
    const promotion = new Promotion(world.sim, { space: world.space, to: 1, batch });
    for (let page = 0; page < 1024; page += 16) promotion.fault(page, 4);
    promotion.flush();
    for (let page = 0; page < 1024; page += 16) promotion.fault(page, 4);
    assert.equal(promotion.stats.get('batches'), batches, 'what is there already is left alone');
    assert.deepEqual(world.check(), [0, 1024]);
  }
});

test('promotion never splits a folio for which there is no room', () => {
  const world = new World(1024, 9);
  for (let order = 10; order >= 9; order--) while (world.sim.memory.take(1, order) >= 0);
  const promotion = new Promotion(world.sim, { space: world.space, to: 1 });
  promotion.fault(0, 9);
  assert.equal(promotion.stats.get('nr_split'), 0);
  assert.equal(promotion.stats.get('nr_thp_failed'), 1);
  assert.equal(world.sim.memory.nodeOf(world.frame(0)), 0);
});

test('each caller moves for its own reason', () => {
  for (const [reason, run] of [
    [
      'demotion',
      (world: World) => new Demotion(world.sim, { space: world.space, from: 0, to: 1 }).reclaim(512),
    ],
    ['numa_misplaced', (world: World) => new Promotion(world.sim, { space: world.space, to: 1 }).fault(0)],
  ] as const) {
    for (const allowed of [true, false]) {
      let asked = 0;
      const registry = (): MigratorRegistry => new MigratorRegistry(undefined, { reported: () => asked++ });
      const world = new World(1024, 0, { registry });
      world.sim.registry.settings.set('reason_mask', allowed ? reasonBit(reason) : ~reasonBit(reason));
      world.register({ name: 'dcbm' });
      run(world);
      assert.equal(asked > 0, allowed, reason);
      world.check();
    }
  }
});
