import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migratePagesInSteps } from '../../src/mm/pipeline/migrate-pages.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { SpyAsyncMigrator } from '../offload/spy-async-migrator.js';
import { checkFolios, FIRST, folioList, machineWith, requestOn, row, SOURCE, TARGET } from './scenario.js';

const FOLIOS = 48;

/** Steps of a migration of twelve batches of four, `depth` out at once, and what goes with it. */
function steps(depth: number, afterBatch?: () => boolean) {
  const fake = machineWith();
  const registry = new MigratorRegistry();
  const migrator = new SpyAsyncMigrator();
  registry.settings.set('pipeline_depth', depth);
  registry.register(migrator);
  const request = requestOn(fake, registry, afterBatch === undefined ? {} : { afterBatch });
  return {
    fake,
    registry,
    migrator,
    settings: registry.settings,
    run: migratePagesInSteps(request, folioList(row(FOLIOS))),
  };
}

for (const depth of [1, 2, 3, 4]) {
  test(`depth ${depth}: at every step nothing is out, and what came back is on the target`, async () => {
    let back = 0;
    const { fake, migrator, registry, run } = steps(depth, () => ++back % 3 === 0);
    const pauses: number[] = [];
    for (let step = run.next(); step.done !== true; step = run.next()) {
      fake.audit();
      assert.equal(migrator.underWay, 0);
      checkFolios(fake, row(back * 4), TARGET);
      checkFolios(fake, row(FOLIOS - back * 4, 0, FIRST + back * 4), SOURCE);
      pauses.push(back);
    }
    // After the batch for which it was asked only those that were out already follow.
    const pausing = Array.from({ length: 12 }, (_, i) => i + 1);
    assert.ok(pauses.length > 1 && pauses.every((pause) => pausing.includes(pause)));
    for (const [i, pause] of pauses.entries()) {
      const asked = Math.ceil(((pauses[i - 1] ?? 0) + 1) / 3) * 3;
      assert.ok(pause === 12 || depth === 1 || (pause >= asked && pause <= asked + depth - 1));
    }
    checkFolios(fake, row(FOLIOS), TARGET);
    await registry.unregister('async');
  });

  test(`depth ${depth}: nothing asks for a pause, so there is none before the last batch is back`, () => {
    const { fake, run, migrator } = steps(depth);
    assert.equal(run.next().done, false);
    assert.equal(migrator.finished, depth === 1 ? 1 : 12);
    run.return(0);
    fake.audit();
  });

  for (const [how, leave] of [
    ['left', (run: Generator<void, number>) => void run.return(0)],
    [
      'thrown into',
      (run: Generator<void, number>) =>
        assert.throws(() => run.throw(new Error('stop')), { message: 'stop' }),
    ],
  ] as const) {
    test(`depth ${depth}: steps that are ${how} leave nothing out, and the migrator can go`, async () => {
      const { fake, registry, migrator, run } = steps(depth, () => true);
      run.next();
      leave(run);
      fake.audit();
      const back = migrator.finished * 4;
      assert.ok(back < FOLIOS);
      checkFolios(fake, row(back), TARGET);
      checkFolios(fake, row(FOLIOS - back, 0, FIRST + back), SOURCE);
      assert.equal(run.next().done, true);
      await registry.unregister('async');
    });
  }
}

test('the depth may change between two batches', () => {
  let back = 0;
  const changes = [4, 1, 3, 1, 4, 2];
  const { fake, settings, run, migrator } = steps(2, () => {
    settings.set('pipeline_depth', changes[back++ % changes.length]!);
    return false;
  });
  for (const _ of run) fake.audit();
  assert.equal(migrator.max, 4);
  checkFolios(fake, row(FOLIOS), TARGET);
});

test('a migrator that is unregistered meanwhile ends the batches that it has, and gets no more', async () => {
  let gone: Promise<void> | undefined;
  const { fake, registry, run, migrator } = steps(3, () => {
    gone ??= registry.unregister('async');
    return false;
  });
  for (const _ of run) fake.audit();
  await gone;
  assert.equal(registry.active, undefined);
  assert.deepEqual([migrator.started, migrator.finished], [3, 3]);
  checkFolios(fake, row(FOLIOS), TARGET);
});
