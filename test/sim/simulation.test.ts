import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { MigrationError } from '../../src/common/migration-error.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { ProgramThread } from '../../src/sim/machine/program-thread.js';
import { Simulation } from '../../src/sim/simulation.js';
import { sampled } from '../deep.js';
import { zen3 } from './profiles.js';
import { everyFolioArrives, MIGRATORS } from './support/simulation-scenes.js';
import { World } from './world.js';

everyFolioArrives(sampled(MIGRATORS, 3), [0, 4, 9]);

test('fewer folios than threads or channels', () => {
  for (const migrator of MIGRATORS.slice(1)) {
    const world = new World(1024, 9);
    world.register(migrator!);
    assert.deepEqual(world.check(world.move(9)), [0, 1024]);
  }
});

test('a device that reorders, with and without an IOMMU, behind batches that overlap', () => {
  for (const iommu of [0, 1]) {
    for (const depth of [1, 2, 4]) {
      const profile = zen3({ iommu });
      const world = new World(3072, 2, { profile, reorder: true, settings: { pipeline_depth: depth } });
      world.register({ name: 'dcbm', channels: 3 });
      const moved = world.move(2, { batchPages: 256 });
      assert.equal(moved.stats.get('fallbacks'), 0);
      assert.deepEqual(world.check(moved), [0, 3072]);
    }
  }
});

test('the same seed gives the same nanoseconds', () => {
  const run = (seed: number): number => {
    const world = new World(2048, 0, { seed, reorder: true });
    world.register({ name: 'dcbm', channels: 7 });
    const { ns } = world.move(0, { batchPages: 1000 });
    world.check();
    return ns;
  };
  assert.equal(run(1), run(1));
  assert.equal(run(2), run(2));
});

test('a pinned page is tried again, and stays where it was', () => {
  const world = new World(1024, 0);
  world.sim.memory.pins[world.frame(77)] = 1;
  const failed: [number, number, number][] = [];
  const moved = world.move(0, { onFailure: (page, pages, errno) => failed.push([page, pages, errno]) });
  assert.equal(moved.result, 1);
  assert.deepEqual(failed, [[77, 1, ERRNO.EBUSY]]);
  assert.ok(moved.stats.get('retries') > 0);
  assert.deepEqual(world.check(moved), [1, 1023]);
});

test('a pin that goes away in time does not matter', () => {
  const world = new World(1024, 4);
  const frame = world.frame(33);
  world.sim.memory.pins[frame] = 1;
  world.sim.clock.after(3_000_000, () => {
    world.sim.memory.pins[frame] = 0;
  });
  assert.equal(world.move(4).result, 0);
  assert.deepEqual(world.check(), [0, 1024]);
});

test('a poisoned page fails by itself, whoever copies', () => {
  for (const migrator of MIGRATORS) {
    if (migrator?.name === 'dcbm') continue;
    const world = new World(1024, 0);
    if (migrator !== undefined) world.register(migrator);
    world.sim.memory.poisoned[world.frame(500)] = 1;
    const failed: number[] = [];
    const moved = world.move(0, { onFailure: (page, _, errno) => failed.push(page, errno) });
    assert.deepEqual(failed, [500, ERRNO.EHWPOISON]);
    assert.deepEqual(world.check(moved), [1, 1023]);
  }
});

test('without memory on the target a large folio is split, and the rest stays', () => {
  const world = new World(2048, 9, { nodePages: [4096, 1024] });
  for (let taken = 0; taken < 700; taken++) world.sim.memory.take(1, 0);
  const moved = world.move(9);
  assert.equal(moved.result, -ERRNO.ENOMEM);
  assert.equal(moved.stats.get('nr_thp_split'), 1);
  assert.equal(moved.stats.get('nr_succeeded'), 324);
  for (let frame = 0; frame < 700; frame++) world.sim.memory.give(4096 + frame, 0);
  assert.deepEqual(world.check(moved), [2048 - 324, 324]);
});

test('pages of one folio that are scattered move one by one', () => {
  const world = new World(1024, 0);
  const backwards = new FolioList();
  for (let page = 1023; page >= 0; page--) backwards.push(page, 0);
  world.sim.migrate({ space: 0, target: 1, reason: 'syscall' }, backwards);
  const moved = world.move(4, { target: 0 });
  assert.equal(moved.result, 0);
  assert.equal(moved.stats.get('splits'), 64);
  assert.deepEqual(world.check(moved), [1024, 0]);
});

test('a descriptor that is late: its frames are kept until it has come to rest, and nothing is lost', async () => {
  let descriptors = 0;
  const world = new World(1024, 4, {
    fate: () => (++descriptors === 3 ? { delayNs: 12e9 } : undefined),
  });
  world.register({ name: 'dcbm', channels: 2 });
  const moved = world.move(4);
  assert.equal(moved.result, 0);
  assert.ok(moved.stats.get('fallbacks_timed_out') > 0);
  assert.ok(moved.ns >= 10e9 && moved.ns < 12e9, `${moved.ns} ns`);
  assert.ok(world.sim.machine.hasQuarantined);
  world.sim.clock.advance(10e9);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(world.sim.machine.hasQuarantined, false);
  assert.deepEqual(world.check(moved), [0, 1024]);
});

test('an error of a descriptor makes its folios fall back', () => {
  let descriptors = 0;
  const world = new World(1024, 4, {
    words: 1024,
    fate: () => (++descriptors % 3 === 0 ? { failAfter: 5000 } : undefined),
  });
  world.register({ name: 'dcbm', channels: 2 });
  const moved = world.move(4);
  assert.ok(moved.stats.get('fallbacks_failed') > 0);
  assert.ok(moved.stats.get('offload_folios') > 0);
  assert.deepEqual(world.check(moved), [0, 1024]);
});

test('a thread of the program waits while its page is out, and goes on when it is back', () => {
  const world = new World(1024, 0);
  const { machine } = world.sim;
  const thread = new ProgramThread(machine, world.space);
  assert.equal(thread.read(9, 0), 10);
  let waited = 0;
  let woken = 0;
  machine.onPoint = (point) => {
    if (point !== 'copy' || thread.read(9, 0) !== undefined || waited > 0) return;
    waited++;
    thread.wait(9, () => woken++);
  };
  world.move(0);
  assert.deepEqual([waited, woken, thread.read(9, 0)], [1, 1, 10]);
});

test('until the flush a thread reaches an unmapped page through what it remembers, and no longer', () => {
  const world = new World(1024, 0);
  const { machine } = world.sim;
  const thread = new ProgramThread(machine, world.space);
  thread.read(5, 0);
  const seen: string[] = [];
  machine.onPoint = (point) => {
    if (point === 'flush' || point === 'map') seen.push(`${point}: ${thread.read(5, 0)}`);
  };
  world.move(0, { batchPages: 1024 });
  assert.deepEqual(seen, ['flush: 6', 'map: undefined']);
});

test('a machine that cannot be is refused by name', () => {
  const profile = zen3();
  for (const [options, argument] of [
    [{ nodePages: [] }, 'nodePages'],
    [{ nodePages: [1024, 1000] }, 'nodePages[1]'],
    [{ nodePages: [Number.NaN] }, 'nodePages[0]'],
    [{ nodePages: [2 ** 40] }, 'nodePages'],
    [{ words: 0 }, 'words'],
    [{ words: 1025 }, 'words'],
  ] as const) {
    assert.throws(
      () => new Simulation({ profile, ...options }),
      (error) => error instanceof MigrationError && error.code === 'EINVAL' && error.argument === argument,
    );
  }
});
