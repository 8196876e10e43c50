import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ERRNO } from '../../src/mm/errno.js';
import { migratePages } from '../../src/mm/migrate-pages.js';
import { MIGRATE_MODES } from '../../src/mm/mode.js';
import { MIGRATE_REASONS } from '../../src/mm/reason.js';
import { MigrateStats } from '../../src/mm/stats.js';
import { BatchOffload } from '../../src/offload/batch-offload.js';
import { MigratorRegistry } from '../../src/offload/registry.js';
import { FakeMachine, type Fault } from '../machine/fake-machine.js';
import type { Folio } from '../machine/hand-migration.js';
import { assertPattern, pagePattern } from '../machine/page-pattern.js';
import { PROPERTY_MIGRATORS } from './property-migrators.js';
import { type Failure, FIRST, folioList, PAGES, SOURCE, TARGET } from './scenario.js';

/** Folios that do not overlap, in any order, with gaps between them. */
const folios: fc.Arbitrary<Folio[]> = fc
  .array(
    fc.record({
      order: fc.oneof({ weight: 6, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.nat(9) }),
      gap: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) }),
    }),
    { maxLength: 60 },
  )
  .map((shapes) => {
    const list: Folio[] = [];
    let next = FIRST;
    for (const { order, gap } of shapes) {
      const size = 1 << order;
      const page = Math.ceil((next + gap) / size) * size;
      if (page + size > FIRST + PAGES) continue;
      list.push([page, order]);
      next = page + size;
    }
    return list;
  })
  .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));

const page = fc.nat(PAGES - 1).map((offset) => FIRST + offset);

const BREAK = 'break';

/** Small pages make for many runs. */
const PAGE_BYTES = 16;

/** One thing that goes wrong: at `step`, for the pages from `first` on, `times` times each. */
const trouble = fc.record({
  step: fc.constantFrom('isolate', 'take', 'unmap', 'copy', 'map'),
  first: page,
  pages: fc.constantFrom(1, 8, PAGES),
  times: fc.constantFrom(1, 2, 9, 10, 1000),
  errno: fc.oneof(
    { weight: 6, arbitrary: fc.constant<number | typeof BREAK>(ERRNO.EAGAIN) },
    {
      weight: 6,
      arbitrary: fc.constantFrom<number | typeof BREAK>(
        ERRNO.EIO,
        ERRNO.EFAULT,
        ERRNO.EHWPOISON,
        ERRNO.EBUSY,
      ),
    },
    { weight: 1, arbitrary: fc.constant<number | typeof BREAK>(BREAK) },
  ),
});

type Trouble = typeof trouble extends fc.Arbitrary<infer T> ? T : never;

const scene = fc.record({
  folios,
  absent: fc.uniqueArray(page, { maxLength: 12 }),
  busy: fc.uniqueArray(page, { maxLength: 3 }),
  movableOps: fc.uniqueArray(page, { maxLength: 20 }),
  troubles: fc.array(trouble, { maxLength: 6 }),
  room: fc.oneof(fc.constant(PAGES), fc.nat(PAGES)),
  migrator: fc.constantFrom(...Object.keys(PROPERTY_MIGRATORS)),
  reason: fc.constantFrom(...MIGRATE_REASONS),
  reasonMask: fc.constantFrom(1023, 0, 0b0101010101),
  mode: fc.constantFrom(...MIGRATE_MODES),
  maxBatchedMigration: fc.constantFrom(1, 7, 64, 512, 262144),
  pipelineDepth: fc.integer({ min: 1, max: 4 }),
  verify: fc.boolean(),
  maxFailures: fc.constantFrom(1, 3, 1_000_000),
});

type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

function faultOf(troubles: readonly Trouble[], step: Trouble['step']): Fault {
  const mine = troubles.filter((trouble) => trouble.step === step);
  return (page, attempt, order) => {
    const hit = mine.find(
      ({ first, pages, times }) => page >= first && page < first + pages && attempt <= times,
    );
    if (hit === undefined) return 0;
    if (hit.errno === BREAK) throw new Error('the machine broke');
    // A node's only complaint is that it is full; a small hiccup of it concerns large folios only.
    if (step === 'take') return order > 0 || hit.times === 1000 ? ERRNO.ENOMEM : 0;
    return hit.errno;
  };
}

interface Stage {
  readonly fake: FakeMachine;
  /** Which generation of its pattern a page holds, if not the first. */
  readonly generations: ReadonlyMap<number, number>;
}

function build({ troubles, room, absent, busy, movableOps }: Scene): Stage {
  const generations = new Map<number, number>();
  const faultOfMap = faultOf(troubles, 'map');
  const fake: FakeMachine = new FakeMachine({
    capacity: [PAGES, room],
    pageBytes: PAGE_BYTES,
    movableOps: new Set(movableOps),
    onIsolate: faultOf(troubles, 'isolate'),
    onTake: faultOf(troubles, 'take'),
    onUnmap: faultOf(troubles, 'unmap'),
    onCopy: faultOf(troubles, 'copy'),
    onMap: (first, attempt, order) => {
      const errno = faultOfMap(first, attempt, order);
      if (errno !== ERRNO.EAGAIN) return errno;
      // Whoever makes the folio busy may be writing it, though it has been copied already.
      for (const page of pagesOf([first, order])) {
        fake.scribbleOnSource(page, pagePattern(page, PAGE_BYTES, attempt));
        generations.set(page, attempt);
      }
      return errno;
    },
  });
  fake.memory.populate(FIRST, PAGES, SOURCE);
  for (const page of absent) fake.memory.forget(page);
  for (const page of busy) fake.hold(page);
  return { fake, generations };
}

const pagesOf = ([first, order]: Folio): number[] => Array.from({ length: 1 << order }, (_, k) => first + k);

/** What holds whatever happened, even if the machine broke. */
function checkNothingLost({ fake, generations }: Stage, { absent }: Scene): void {
  fake.audit();
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    if (absent.includes(page)) assert.ok(!fake.memory.has(page), `page ${page} came from nowhere`);
    else assertPattern(fake.memory.read(page), page, generations.get(page));
  }
}

/** A page is at the target, or it is reported as failed and where it was. Pages nobody listed have not moved. */
function checkPlaces(fake: FakeMachine, { folios }: Scene, failures: readonly Failure[]): void {
  const listed = new Set(folios.flatMap(pagesOf));
  const failed = new Set<number>();
  for (const { page: first, pages } of failures) {
    for (let page = first; page < first + pages; page++) {
      assert.ok(!failed.has(page), `page ${page} is reported twice`);
      failed.add(page);
    }
  }
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    if (!fake.memory.has(page)) continue;
    const expected = listed.has(page) && !failed.has(page) ? TARGET : SOURCE;
    assert.equal(fake.memory.nodeOf(page), expected, `page ${page} is on the wrong node`);
  }
}

function checkCounters(
  fake: FakeMachine,
  { folios }: Scene,
  failures: readonly Failure[],
  stats: MigrateStats,
): void {
  const listed = folios.flatMap(pagesOf);
  const moved = listed.filter((page) => fake.memory.has(page) && fake.memory.nodeOf(page) === TARGET).length;
  const failed = failures.reduce((sum, { pages }) => sum + pages, 0);
  const isFailed = (page: number): boolean => failures.some((f) => page >= f.page && page < f.page + f.pages);
  const absent = listed.filter((page) => !fake.memory.has(page) && !isFailed(page)).length;
  assert.equal(moved + failed + absent, listed.length);
  assert.equal(stats.get('nr_succeeded'), moved);
  assert.equal(stats.get('pgmigrate_success'), moved);
  assert.equal(stats.get('bytes_moved'), moved * 4096);
  assert.equal(stats.get('nr_failed_pages'), failed);
  assert.equal(stats.get('pgmigrate_fail'), failed);
  assert.equal(stats.get('folios_failed'), failures.length);
  const thps = stats.get('nr_thp_succeeded') + stats.get('nr_thp_failed') + stats.get('nr_thp_split');
  assert.equal(thps, folios.filter(([, order]) => order === 9).length);
  assert.equal(stats.get('nr_split'), stats.get('splits'));
  const causes = Object.entries(stats.toObject()).filter(([name]) => name.startsWith('fallbacks_'));
  assert.equal(
    stats.get('fallbacks'),
    causes.reduce((sum, [, count]) => sum + count, 0),
  );
}

function checkResult(result: number, { folios }: Scene, failures: readonly Failure[]): void {
  if (result < 0) {
    assert.equal(result, -ERRNO.ENOMEM);
    assert.ok(failures.some(({ errno }) => errno === ERRNO.ENOMEM));
    return;
  }
  const failed = folios.filter((folio) => {
    const pages = new Set(pagesOf(folio));
    return failures.some(({ page }) => pages.has(page));
  });
  assert.equal(result, failed.length);
}

test('whatever goes wrong, every folio is at the target or where it was, with its content, and all is counted', async () => {
  const holds = fc.asyncProperty(scene, async (scene) => {
    const stage = build(scene);
    const { fake } = stage;
    const registry = new MigratorRegistry();
    registry.settings.set('reason_mask', scene.reasonMask);
    const { make, lies = false } = PROPERTY_MIGRATORS[scene.migrator]!;
    registry.settings.set('pipeline_depth', scene.pipelineDepth);
    registry.settings.set('verify_copies', lies || scene.verify ? 1 : 0);
    registry.settings.set('max_failures', scene.maxFailures);
    const migrator = make();
    if (migrator !== undefined) registry.register(migrator);
    const stats = new MigrateStats();
    const failures: Failure[] = [];
    const breaks = scene.troubles.some(({ errno }) => errno === BREAK);
    let result: number | undefined;
    try {
      result = migratePages(
        {
          machine: fake,
          offload: new BatchOffload(registry, fake),
          space: fake.space,
          target: TARGET,
          reason: scene.reason,
          mode: scene.mode,
          maxBatchedMigration: scene.maxBatchedMigration,
          stats,
          onFailure: (page, pages, errno) => failures.push({ page, pages, errno }),
        },
        folioList(scene.folios),
      );
    } catch (error) {
      if (!breaks) throw error;
    }
    checkNothingLost(stage, scene);
    if (result !== undefined) {
      checkPlaces(fake, scene, failures);
      checkCounters(fake, scene, failures, stats);
      checkResult(result, scene, failures);
    }
    // It would wait for ever if a batch had left its read section open.
    if (registry.active !== undefined) await registry.unregister(registry.active.name);
  });
  await fc.assert(holds, { numRuns: 2000 });
});
