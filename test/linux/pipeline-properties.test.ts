import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ERRNO } from '../../src/common/errno.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import {
  advise,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
} from '../../src/linux/sys/mman.js';
import { checkCounters, checkList } from '../../src/mm/audit/counter-equations.js';
import type { Batch } from '../../src/mm/pipeline/batch.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import {
  type MigrateRequest,
  migratePages,
  migratePagesInSteps,
} from '../../src/mm/pipeline/migrate-pages.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { BatchOffload } from '../../src/offload/batch-offload.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { amount } from '../deep.js';
import { collapses } from '../ferry/support/khugepaged.js';
import { PinnedPage } from '../ferry/support/pin.js';
import { assertPattern, pagePattern } from '../machine/page-pattern.js';
import { PROPERTY_MIGRATORS } from '../mm/property-migrators.js';
import { type Listed, scene } from '../mm/property-scenes.js';
import { FIRST, PAGES, SOURCE, TARGET } from '../mm/scenario.js';
import { memory, PAGE, peek, poke } from './support/memory.js';

const offset = fc.nat(PAGES - 1);

/** What the pipeline's own properties go through, and what goes wrong on real memory. */
const world = fc.record({
  scene,
  /** Pages, counted from the program's first, that an io_uring has pinned. */
  pinned: fc.uniqueArray(offset, { maxLength: 2 }),
  huge: fc.boolean(),
  /** Where the program's mapping is divided. */
  divided: fc.option(offset, { nil: undefined }),
  /** Every n-th call fails, or throws. */
  isolateFails: fc.option(fc.integer({ min: 2, max: 9 }), { nil: undefined }),
  copyFails: fc.option(fc.integer({ min: 2, max: 9 }), { nil: undefined }),
  copyThrows: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const pagesOf = ({ page, order }: Pick<Listed, 'page' | 'order'>): number[] =>
  Array.from({ length: 1 << order }, (_, k) => page + k);

/** How often each page is named. */
function mentions(list: Iterable<readonly number[]>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const pages of list) for (const page of pages) counts.set(page, (counts.get(page) ?? 0) + 1);
  return counts;
}

/** Has calls of the machine fail now and then. */
function sabotage(machine: LinuxMachine, { isolateFails, copyFails, copyThrows }: World): void {
  let isolated = 0;
  let copied = 0;
  if (isolateFails !== undefined) {
    const isolate = machine.isolate.bind(machine);
    machine.isolateRun = () => false;
    machine.isolate = (batch: Batch, index: number) =>
      ++isolated % isolateFails === 0 ? -ERRNO.EBUSY : isolate(batch, index);
  }
  const copy = machine.copyFrames.bind(machine);
  machine.copyFrames = (dst, src, pages) => {
    copied++;
    if (copied === copyThrows) throw new Error('the machine broke');
    return copyFails !== undefined && copied % copyFails === 0 ? -ERRNO.EIO : copy(dst, src, pages);
  };
}

let pinsRefused: string | undefined;
let pinsHeld = 0;

async function run(world: World): Promise<void> {
  const { scene } = world;
  const collapsesBefore = collapses();
  const program = memory(PAGES * PAGE, false);
  const shift = program.address / PAGE - FIRST;
  advise(program.address, PAGES * PAGE, MADV_DONTFORK);
  advise(program.address, PAGES * PAGE, world.huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    if (!scene.absent.includes(page)) poke((page + shift) * PAGE, pagePattern(page, PAGE));
  }
  for (const page of scene.absent) advise((page + shift) * PAGE, PAGE, MADV_DONTNEED);
  if (world.divided !== undefined) {
    // Another flag makes it another mapping.
    const bytes = (PAGES - world.divided) * PAGE;
    advise(program.address + world.divided * PAGE, bytes, world.huge ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
  }
  const there = new Set(scene.list.filter(({ inGap }) => inGap === 1).flatMap(pagesOf));
  const machine = new LinuxMachine({
    nodes: [
      { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY },
      { numaNode: 0, capacityPages: scene.room + there.size },
    ],
    windowPages: PAGES,
    depth: 4,
    maxPoolPages: 512,
    copy: 'fast',
  });
  const space = machine.attach([{ address: program.address, pages: PAGES }], SOURCE);
  const registry = new MigratorRegistry();
  const stats = new MigrateStats();
  const failed: number[] = [];
  const request: MigrateRequest = {
    machine,
    offload: new BatchOffload(registry, machine),
    space,
    plan: {
      target: TARGET,
      reason: scene.reason,
      mode: scene.mode,
      batchPages: Math.min(scene.batchPages, PAGES),
    },
    onFailure: (page, pages) => {
      for (let k = 0; k < pages; k++) failed.push(page - shift + k);
    },
    stats,
  };
  machine.begin(space);
  const first = new FolioList();
  for (const page of there) first.push(page + shift, 0);
  migratePages({ ...request, stats: new MigrateStats() }, first);
  failed.length = 0;

  const pins = world.pinned
    .filter((offset) => !scene.absent.includes(FIRST + offset))
    .map((offset) => PinnedPage.pin(program.address + offset * PAGE));
  for (const pin of pins) {
    if (typeof pin === 'string') pinsRefused = pin;
    else pinsHeld++;
  }
  sabotage(machine, world);
  const { make, lies = false } = PROPERTY_MIGRATORS[scene.migrator]!;
  registry.settings.set('reason_mask', scene.reasonMask);
  registry.settings.set('pipeline_depth', scene.pipelineDepth);
  registry.settings.set('verify_copies', lies || scene.verify ? 1 : 0);
  registry.settings.set('max_failures', scene.maxFailures);
  const migrator = make();
  if (migrator !== undefined) registry.register(migrator);

  const list = new FolioList();
  for (const { page, order, inGap } of scene.list) list.push(page + shift, order, inGap);
  const steps = migratePagesInSteps(request, list);
  let done = false;
  let audits = 0;
  try {
    for (let step = steps.next(); ; step = steps.next()) {
      assert.deepEqual(machine.audit(step.done === true || audits++ < 4), []);
      done = step.done === true;
      if (done) break;
      if (scene.turns) await undefined;
    }
  } catch (error) {
    if (error instanceof assert.AssertionError || world.copyThrows === undefined) throw error;
  }
  assert.equal(registry.readers, 0);
  machine.trimExcess();
  machine.end(space);
  for (const pin of pins) if (typeof pin !== 'string') pin.unpin();
  assert.deepEqual(machine.audit(true), []);
  assert.deepEqual(checkCounters(stats), []);
  machine.trim();
  for (let turn = 0; turn < 12; turn++) await undefined;
  assert.deepEqual(machine.audit(true), []);

  // One part of a mapping that is divided is advised MADV_HUGEPAGE whichever the other is.
  const mayCollapse = world.huge || world.divided !== undefined;
  const collapsed = (): boolean => mayCollapse && collapses() !== collapsesBefore;
  const bits = new Uint8Array(1);
  const times = mentions(scene.list.filter(({ inGap }) => inGap === 0).map(pagesOf));
  const failures = mentions([failed]);
  let moved = 0;
  let absent = 0;
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    const left = (times.get(page) ?? 0) - (failures.get(page) ?? 0);
    machine.presence(page + shift, 1, bits);
    if (scene.absent.includes(page)) {
      if (there.has(page)) continue;
      absent += left;
      if (bits[0] === 0) continue;
      // khugepaged fills holes with zeros.
      assert.ok(collapsed(), `page ${page} came from nowhere`);
      assert.deepEqual(peek((page + shift) * PAGE, PAGE), new Uint8Array(PAGE));
      continue;
    }
    assert.notEqual(bits[0], 0, `page ${page} is lost`);
    assertPattern(peek((page + shift) * PAGE, PAGE), page);
    moved += left;
    if (!done) continue;
    assert.ok(left >= 0);
    const expected = left > 0 || there.has(page) ? TARGET : SOURCE;
    assert.equal(machine.space(space).nodeAt(page + shift), expected, `page ${page} is on the wrong node`);
  }
  if (done) {
    const counted = { moved: stats.get('nr_succeeded'), absent: stats.get('folios_absent') };
    assert.deepEqual(checkList(list, { ...counted, failed: stats.get('nr_failed_pages') }), []);
    if (collapsed()) assert.ok(counted.moved >= moved && counted.absent <= absent);
    else assert.deepEqual(counted, { moved, absent });
  }
  machine.detach(space);
  machine.close();
  program.unmap();
}

test('on real memory, too: every page is at the target or where it was, with its content, and the pools are whole', async (t) => {
  await fc.assert(fc.asyncProperty(world, run), { numRuns: amount(15, 60), includeErrorInReport: true });
  if (pinsRefused !== undefined) t.diagnostic(`no page could be pinned: ${pinsRefused}`);
  else assert.ok(pinsHeld > 0);
});
