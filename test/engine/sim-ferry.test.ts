import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_SIZE } from '../../src/common/page.js';
import { FALLBACK_CAUSES } from '../../src/mm/fallback-cause.js';
import { RandomChooser } from '../../src/sim/explore/chooser.js';
import { checkAftermath } from '../../src/sim/explore/invariants.js';
import { Stage } from '../../src/sim/explore/scenario.js';
import { Scheduler } from '../../src/sim/explore/scheduler.js';
import type { SimFerry, SimRequest } from '../../src/sim/explore/sim-ferry.js';
import type { Steps } from '../../src/sim/explore/task.js';
import { SHARED_NOW, SHARED_ONCE } from '../../src/sim/machine/address-space.js';
import { zen3 } from '../sim/profiles.js';

/** A ferry over a program of so many pages, whose owner makes these requests, one after the other. */
async function run(
  pages: number,
  ask: (ferry: SimFerry, stage: Stage) => Generator<SimRequest>,
): Promise<{ ferry: SimFerry; stage: Stage }> {
  const stage = new Stage({ profile: zen3(), seed: 1, parts: {} });
  const program = stage.program(pages);
  const ferry = stage.ferry(program, { audit: true });
  function* owner(): Steps {
    for (const { answered } of ask(ferry, stage)) yield answered;
  }
  stage.task('owner', ferry.owner(owner()));
  const end = await new Scheduler(stage.sim, new RandomChooser(1), stage.tasks).run();
  const { sim, programs, migrators, ferries, stats } = stage;
  assert.deepEqual(checkAftermath({ sim, end, programs, migrators, ferries, stats, healthy: true }), []);
  return { ferry, stage };
}

test('the engine moves a region of the simulated machine, and its result is of the public type', async () => {
  const { ferry } = await run(16, function* (ferry) {
    yield ferry.migrate(ferry.adopt(0, 16), 16);
  });
  const { result, aborted } = ferry.requests[0]!.end!;
  assert.equal(aborted, false);
  assert.deepEqual(
    [result.foliosMoved, result.bytesMoved, result.batches, result.code, result.failures],
    [16, 16 * PAGE_SIZE, 4, null, []],
  );
  assert.deepEqual(Object.keys(result.fallbackCauses), [...FALLBACK_CAUSES]);
  assert.ok(ferry.totals.get('audits') >= 4);
});

test('a migration of more than is left of its region moves what there is, and ends', async () => {
  const { ferry } = await run(16, function* (ferry) {
    const region = ferry.adopt(0, 16);
    yield ferry.replace(region, 4, 8);
    yield ferry.migrate(region, 8);
    // It was asked for before anybody knew.
    const request = ferry.migrate(region, 16, { target: 0 });
    yield request;
    assert.equal(request.end!.result.foliosMoved, 8);
    // Its result does not account for all that was asked for.
    ferry.requests.splice(ferry.requests.indexOf(request), 1);
  });
  assert.equal(ferry.totals.get('folios_moved'), 16);
});

test('failures are told by bytes from the start of the memory, wherever a span of it begins', async () => {
  const { ferry } = await run(16, function* (ferry, stage) {
    const { memory } = stage.sim;
    const { space } = stage.programs[0]!;
    memory.pins[space.table[6]!]!++;
    const region = ferry.adopt(4, 8);
    yield ferry.migrate(region, 8);
    memory.pins[space.table[6]!]!--;
  });
  assert.deepEqual(ferry.requests[0]!.end!.result.failures, [
    { offset: 2 * PAGE_SIZE, length: PAGE_SIZE, code: 'EBUSY' },
  ]);
});

test('shared pages are made private and moved, those that a process still maps only where all are wanted', async () => {
  const { ferry, stage } = await run(16, function* (ferry, { programs }) {
    const { space } = programs[0]!;
    space.share(3, SHARED_ONCE);
    space.share(5, SHARED_NOW);
    const region = ferry.adopt(0, 16);
    yield ferry.movePages(region, [3, 5, 7, -1], 1);
    yield ferry.movePages(region, [5], 1, true);
    yield ferry.migrate(region, 16, { target: 0 });
  });
  const EACCES = 13;
  const EFAULT = 14;
  assert.deepEqual(ferry.statuses, [1, -EACCES, 1, -EFAULT, 1]);
  assert.equal(stage.programs[0]!.space.shared.includes(1), false);
  assert.equal(ferry.requests[2]!.end!.result.foliosFailed, 0);
});

test('2 MiB of small pages are gathered where huge pages are wanted', async () => {
  const { ferry } = await run(512, function* (ferry) {
    yield ferry.migrate(ferry.adopt(0, 512), 512, { batchPages: 32 * 4096, hugePages: 'promote' });
  });
  assert.equal(ferry.requests[0]!.end!.result.hugeBytes, 512 * PAGE_SIZE);
});
