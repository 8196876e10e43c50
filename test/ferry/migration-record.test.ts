import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  MigrationRecord,
  migrationRecords,
  RECORDS,
  recordMemory,
} from '../../src/ferry/thread/migration-record.js';
import { COPY_MODES } from '../../src/mm/copy-mode.js';
import { FALLBACK_CAUSES } from '../../src/mm/fallback-cause.js';
import { HUGE_PAGES } from '../../src/mm/huge-pages.js';
import { MIGRATE_MODES } from '../../src/mm/mode.js';
import { MIGRATE_REASONS } from '../../src/mm/reason.js';

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const record = new MigrationRecord();

const aPlan = fc.record({
  region: count,
  target: count,
  from: count,
  to: count,
  reason: fc.constantFrom(...MIGRATE_REASONS),
  mode: fc.constantFrom(...MIGRATE_MODES),
  moveGaps: fc.boolean(),
  copyMode: fc.constantFrom(...COPY_MODES),
  hugePages: fc.constantFrom(...HUGE_PAGES),
  batchPages: count,
});

const aResult = fc.record({
  foliosMoved: count,
  foliosFailed: count,
  foliosAbsent: count,
  foliosOnTarget: count,
  bytesMoved: count,
  failures: fc.constant([]),
  code: fc.constant(null),
  batches: count,
  retries: count,
  splits: count,
  fallbacks: count,
  fallbackCauses: fc
    .array(count, { minLength: FALLBACK_CAUSES.length, maxLength: FALLBACK_CAUSES.length })
    .map(
      (counts) =>
        Object.fromEntries(FALLBACK_CAUSES.map((cause, i) => [cause, counts[i]!])) as Record<
          (typeof FALLBACK_CAUSES)[number],
          number
        >,
    ),
  gapFoliosMoved: count,
  gapBytesMoved: count,
  foliosWriteProtected: count,
  staleCopies: count,
  hugeBytes: count,
  durationNs: count,
  phases: fc.record({ unmapNs: count, copyNs: count, mapNs: count, destinationNs: count }),
});

const anEnd = fc.record({ result: aResult, aborted: fc.boolean() });

/** What the other thread sees: another record over the same memory. */
const other = new MigrationRecord(record.memory, 0);

test('a plan is read as it was written, by whoever has the memory', () => {
  fc.assert(
    fc.property(count, aPlan, anEnd, (id, plan, end) => {
      record.writePlan(id, plan);
      assert.ok(record.writeEnd(end));
      assert.equal(other.id, id);
      assert.deepEqual({ ...other.readPlan() }, { ...plan });
    }),
  );
});

test('an end is read as it was written, in its own object', () => {
  fc.assert(
    fc.property(anEnd, anEnd, (first, second) => {
      assert.ok(other.writeEnd({ ...first }));
      const read = record.readEnd();
      assert.ok(other.writeEnd({ ...second }));
      assert.deepEqual(plain(read), plain(first));
      assert.deepEqual(plain(record.readEnd()), plain(second));
    }),
  );
});

test('a record that is taken again has no progress and no abort, and the other thread sees it', () => {
  Atomics.store(record.progress.abort, 0, 1);
  record.progress.cells.fill(7);
  assert.equal(other.progress.abort[0], 1);
  record.reset();
  assert.equal(other.progress.abort[0], 0);
  assert.deepEqual([...other.progress.cells], [0, 0, 0, 0]);
});

test('the records of a ferry are numbered, and none shares memory with another', () => {
  const records = migrationRecords(recordMemory());
  assert.equal(records.length, RECORDS);
  for (const [i, each] of records.entries()) {
    assert.equal(each.index, i);
    each.progress.cells[0] = i + 1;
  }
  for (const [i, each] of records.entries()) assert.equal(each.progress.cells[0], i + 1);
});

/** With prototypes as a literal has them: fast-check makes its records without one. */
function plain<T>(value: T): T {
  return structuredClone(value);
}
