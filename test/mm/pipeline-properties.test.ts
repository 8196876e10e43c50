import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ERRNO } from '../../src/common/errno.js';
import { checkCounters, checkList } from '../../src/mm/audit/counter-equations.js';
import type { WriteProtectOptions } from '../../src/mm/pipeline/batch-slot.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { migratePagesInSteps } from '../../src/mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { BatchOffload } from '../../src/offload/batch-offload.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { amount } from '../deep.js';
import { FakeMachine, type FakeMachineOptions, type SilentCall } from '../machine/fake-machine.js';
import { assertPattern } from '../machine/page-pattern.js';
import { RunFakeMachine } from '../machine/run-fake-machine.js';
import { PROPERTY_MIGRATORS } from './property-migrators.js';
import { Others } from './property-others.js';
import { BREAK, faultOf, type Listed, type Scene, scene } from './property-scenes.js';
import { type Failure, FIRST, PAGES, SOURCE, TARGET } from './scenario.js';

/** Audits in the middle of one run, and runs: a few seconds. */
const MAX_AUDITS = 3;
const RUNS = 800;

/** Small pages make for many runs. */
const PAGE_BYTES = 16;

interface Stage {
  readonly scene: Scene;
  readonly fake: FakeMachine;
  /** Which generation of its pattern a page holds, if not the first. */
  readonly generations: ReadonlyMap<number, number>;
  /** Pages that were on the target from the start. */
  readonly there: ReadonlySet<number>;
  /** Calls in which the machine has broken. */
  readonly collapsed: readonly SilentCall[];
}

const pagesOf = ({ page, order }: Pick<Listed, 'page' | 'order'>): number[] =>
  Array.from({ length: 1 << order }, (_, k) => page + k);

function build(scene: Scene): Stage {
  const { troubles, room, absent, busy, movableOps, runs, list, collapses } = scene;
  const generations = new Map<number, number>();
  const others = new Others(scene, PAGE_BYTES, generations);
  const there = new Set(list.filter(({ inGap }) => inGap === 1).flatMap(pagesOf));
  const faultOfMap = faultOf(troubles, 'map');
  const collapsed: SilentCall[] = [];
  const calls = new Map<SilentCall, number>();
  const options: FakeMachineOptions = {
    capacity: [PAGES, room + there.size],
    pageBytes: PAGE_BYTES,
    movableOps: new Set(movableOps),
    onIsolate: faultOf(troubles, 'isolate'),
    onTake: faultOf(troubles, 'take'),
    onProtect: others.amid('protect', faultOf(troubles, 'protect')),
    onUnmap: others.amid('unmap', faultOf(troubles, 'unmap')),
    onCopy: others.amid('copy', faultOf(troubles, 'copy')),
    onMap: others.amid('map', (first, attempt, order) => {
      const errno = faultOfMap(first, attempt, order);
      if (errno !== ERRNO.EAGAIN) return errno;
      // Whoever makes the folio busy may be writing it, though it has been copied already.
      for (const page of pagesOf({ page: first, order })) {
        fake.scribbleOnSource(page, others.newContent(page));
        others.written(page);
      }
      return errno;
    }),
    onCall: (call) => {
      others.at(call);
      const nth = (calls.get(call) ?? 0) + 1;
      calls.set(call, nth);
      if (!collapses.some((collapse) => collapse.call === call && collapse.nth === nth)) return;
      collapsed.push(call);
      throw new Error('the machine broke');
    },
  };
  const fake = runs ? new RunFakeMachine(options) : new FakeMachine(options);
  others.fake = fake;
  fake.memory.populate(FIRST, PAGES, SOURCE);
  for (const page of there) {
    fake.memory.forget(page);
    fake.memory.populate(page, 1, TARGET);
  }
  for (const page of absent) fake.memory.forget(page);
  for (const page of busy) fake.hold(page);
  return { scene, fake, generations, there, collapsed };
}

const BRINGS_BACK: ReadonlySet<SilentCall> = new Set(['putback', 'drop', 'undo', 'unprotect']);

/** Whether the machine has broken in the very calls that put things back. */
function isStuck(collapsed: readonly SilentCall[]): boolean {
  return collapsed.some((call) => BRINGS_BACK.has(call));
}

/** What holds whatever happened, even if the machine broke. */
function checkNothingLost({ scene, fake, generations, there, collapsed }: Stage): void {
  // Such a machine leaves things out; even so nothing is lost.
  const stuck = isStuck(collapsed);
  fake.audit({ idle: !stuck });
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    if (scene.absent.includes(page)) {
      assert.ok(!fake.memory.has(page), `page ${page} came from nowhere`);
      continue;
    }
    if (stuck && !fake.memory.has(page)) {
      assertPattern(fake.readUnmapped(page), page, generations.get(page));
      continue;
    }
    assertPattern(fake.memory.read(page), page, generations.get(page));
    if (there.has(page)) assert.equal(fake.memory.nodeOf(page), TARGET, `page ${page} left the target`);
  }
}

/** How often each page is named. */
function mentions(list: Iterable<readonly number[]>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const pages of list) for (const page of pages) counts.set(page, (counts.get(page) ?? 0) + 1);
  return counts;
}

/**
 * A page has moved as often as it was listed and did not fail; then it is at the target, else where it was. Pages that
 * nobody listed have not moved. And the counters say so.
 */
function checkOutcome(
  stage: Stage,
  list: FolioList,
  failures: readonly Failure[],
  stats: MigrateStats,
): void {
  const { scene, fake, there } = stage;
  const toMove = scene.list.filter(({ inGap }) => inGap === 0);
  const listed = mentions(toMove.map(pagesOf));
  const failed = mentions(
    failures.map(({ page, pages }) => Array.from({ length: pages }, (_, k) => page + k)),
  );
  let moved = 0;
  let absent = 0;
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    const times = (listed.get(page) ?? 0) - (failed.get(page) ?? 0);
    assert.ok(times >= 0, `page ${page} failed more often than it was listed`);
    if (!fake.memory.has(page)) {
      absent += times;
      continue;
    }
    moved += times;
    const expected = times > 0 || there.has(page) ? TARGET : SOURCE;
    assert.equal(fake.memory.nodeOf(page), expected, `page ${page} is on the wrong node`);
  }
  const counted = stats.get('nr_succeeded');
  assert.equal(counted, moved);
  assert.deepEqual(checkList(list, { moved: counted, failed: stats.get('nr_failed_pages'), absent }), []);
  assert.equal(stats.get('folios_failed'), failures.length);
  const thps = stats.get('nr_thp_succeeded') + stats.get('nr_thp_failed') + stats.get('nr_thp_split');
  assert.equal(thps, toMove.filter(({ order }) => order === 9).length);
  assert.ok(stats.get('gap_folios_moved') <= scene.list.length - toMove.length);
  assert.ok(stats.get('gap_bytes_moved') <= there.size * 4096);
}

function checkResult(result: number, { scene: { list } }: Stage, failures: readonly Failure[]): void {
  if (result < 0) {
    assert.equal(result, -ERRNO.ENOMEM);
    assert.ok(failures.some(({ errno }) => errno === ERRNO.ENOMEM));
    return;
  }
  const failed = new Set(failures.map(({ page }) => page));
  const hit = list.filter((folio) => folio.inGap === 0 && pagesOf(folio).some((page) => failed.has(page)));
  const overlap = [...mentions(list.map(pagesOf)).values()].some((times) => times > 1);
  // Where folios overlap a failure may be of either.
  if (overlap) assert.ok(result <= hit.length && result > 0 === hit.length > 0);
  else assert.equal(result, hit.length);
}

function writeProtectedOf({ writeProtected }: Scene): WriteProtectOptions | undefined {
  if (writeProtected === undefined) return undefined;
  const { pages, compare } = writeProtected;
  return { piecePages: () => pages, compare: () => compare };
}

function folioListOf(list: readonly Listed[]): FolioList {
  const folios = new FolioList();
  for (const { page, order, inGap } of list) folios.push(page, order, inGap);
  return folios;
}

test('whatever goes wrong, every folio is at the target or where it was, with its content, and all is counted', async () => {
  const holds = fc.asyncProperty(scene, async (scene) => {
    const stage = build(scene);
    const { fake, collapsed } = stage;
    const registry = new MigratorRegistry();
    registry.settings.set('reason_mask', scene.reasonMask);
    const { make, lies = false, restless = false } = PROPERTY_MIGRATORS[scene.migrator]!;
    registry.settings.set('pipeline_depth', scene.pipelineDepth);
    registry.settings.set('verify_copies', lies || scene.verify ? 1 : 0);
    registry.settings.set('max_failures', scene.maxFailures);
    const migrator = make();
    if (migrator !== undefined) registry.register(migrator);
    const stats = new MigrateStats();
    const failures: Failure[] = [];
    const breaks = scene.troubles.some(({ errno }) => errno === BREAK);
    const list = folioListOf(scene.list);
    const steps = migratePagesInSteps(
      {
        machine: fake,
        offload: new BatchOffload(registry, fake),
        space: fake.space,
        plan: {
          target: TARGET,
          reason: scene.reason,
          mode: scene.mode,
          batchPages: scene.batchPages,
        },
        writeProtected: writeProtectedOf(scene),
        stats,
        onFailure: (page, pages, errno) => failures.push({ page, pages, errno }),
      },
      list,
    );
    let result: number | undefined;
    let audits = 0;
    try {
      for (let step = steps.next(); ; step = steps.next()) {
        if (step.done === true) {
          result = step.value;
          break;
        }
        if (scene.turns) await undefined;
        assert.deepEqual(checkCounters(stats), []);
        // Long lists in small batches have very many steps.
        if (audits++ < MAX_AUDITS) fake.audit();
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      if (!breaks && collapsed.length === 0) throw error;
    }
    checkNothingLost(stage);
    if (collapsed.length === 0) assert.deepEqual(checkCounters(stats), []);
    assert.equal(registry.readers, 0);
    if (result !== undefined && collapsed.length === 0) {
      checkOutcome(stage, list, failures, stats);
      checkResult(result, stage, failures);
    }
    // It would wait for ever if a batch had left its read section open.
    if (registry.active !== undefined) await registry.unregister(registry.active.name);
    // Devices have come to rest by now, and what was kept for them is free again.
    for (let turn = 0; turn < 12; turn++) await undefined;
    if (!restless && collapsed.length === 0) assert.equal(fake.quarantined, 0);
    checkNothingLost(stage);
  });
  await fc.assert(holds, { numRuns: amount(RUNS / 8, RUNS), includeErrorInReport: true });
});
