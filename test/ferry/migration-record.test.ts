import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HUGE_PAGES } from '../../src/ferry/huge-pages.js';
import {
  MigrationRecord,
  migrationRecords,
  RECORDS,
  recordMemory,
} from '../../src/ferry/thread/migration-record.js';
import { COPY_MODES } from '../../src/mm/copy-mode.js';
import { MIGRATE_MODES } from '../../src/mm/mode.js';
import { MIGRATE_REASONS } from '../../src/mm/reason.js';
import { FALLBACK_CAUSES } from '../../src/offload/fallback-cause.js';

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const record = new MigrationRecord();

const aRequest = fc.record({
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
  progress: fc.constant(record.memory),
});

const aReply = fc.record({
  foliosMoved: count,
  foliosFailed: count,
  foliosAbsent: count,
  foliosOnTarget: count,
  bytesMoved: count,
  failures: fc.constant([]),
  errno: count,
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
  unmapNs: count,
  copyNs: count,
  mapNs: count,
  destinationNs: count,
  aborted: fc.boolean(),
});

/** What the other thread sees: another record over the same memory. */
const other = new MigrationRecord(record.memory, 0);

test('a request is read as it was written, by whoever has the memory', () => {
  fc.assert(
    fc.property(count, aRequest, aReply, (id, request, reply) => {
      record.writeRequest(id, request);
      record.writeReply(reply);
      assert.equal(other.id, id);
      assert.deepEqual({ ...other.readRequest() }, { ...request });
    }),
  );
});

test('a reply is read as it was written, in its own object', () => {
  fc.assert(
    fc.property(aReply, aReply, (first, second) => {
      other.writeReply({ ...first });
      const read = record.readReply();
      other.writeReply({ ...second });
      assert.deepEqual(plain(read), plain(first));
      assert.deepEqual(plain(record.readReply()), plain(second));
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

/** fast-check makes objects without a prototype. */
function plain<T extends object & { readonly fallbackCauses: object }>(value: T): T {
  return { ...value, fallbackCauses: { ...value.fallbackCauses } };
}
