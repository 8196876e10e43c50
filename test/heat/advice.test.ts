import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PAGE_SIZE, PMD_PAGES } from '../../src/common/page.js';
import { ADVICE, AdviceRecords } from '../../src/heat/advice.js';
import { HeatRecords } from '../../src/heat/heat-records.js';
import type { HeatSnapshot } from '../../src/heat/heat-snapshot.js';
import { adviceText } from '../../src/heat/map/legend.js';
import { RecordingWriter } from '../../src/heat/recording/recording-writer.js';
import { takeSnapshot } from '../../src/heat/take-snapshot.js';
import { amount } from '../deep.js';
import { readAll, SEES } from './recordings.js';

const { none, hot, cold, mixed } = ADVICE;
const REQUEST = { source: 'hint', sees: SEES, atNs: 1e9 };
const PAGES = 4 * PMD_PAGES + 100;

test('what the program says of any pages is what it has said last, in units of any size', () => {
  const place = fc.integer({ min: 0, max: PAGES });
  const said = fc.record({ a: place, b: place, advice: fc.constantFrom(none, hot, cold) });
  fc.assert(
    fc.property(fc.array(said, { maxLength: 12 }), fc.array(fc.tuple(place, place)), (all, asked) => {
      const expected = new Uint8Array(PAGES);
      const records = new AdviceRecords();
      for (const { a, b, advice } of all) {
        records.set(Math.min(a, b), Math.max(a, b), advice);
        expected.fill(advice, Math.min(a, b), Math.max(a, b));
      }
      const heat = new HeatRecords({ pages: PAGES, advice: records });
      for (const [a, b] of asked) {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        assert.equal(records.of(from, to), wordOf(expected.subarray(from, to)));
      }
      for (const unitPages of [1, 8, PMD_PAGES, 2 * PMD_PAGES]) {
        const { advice } = takeSnapshot(heat, { ...REQUEST, unitBytes: unitPages * PAGE_SIZE });
        for (const [unit, word] of advice.entries()) {
          const pages = expected.subarray(unit * unitPages, (unit + 1) * unitPages);
          assert.equal(word, wordOf(pages), `unit ${unit} of ${unitPages} pages`);
        }
      }
    }),
    { numRuns: amount(60, 200) },
  );
});

function wordOf(pages: Uint8Array): number {
  const first = pages[0] ?? none;
  return pages.every((word) => word === first) ? first : mixed;
}

test('it needs no memory until the program says something, and a byte a page then', () => {
  const records = new AdviceRecords();
  records.set(0, 10 * PMD_PAGES, none);
  assert.equal(records.memoryBytes, 0);
  records.set(5, 6, hot);
  assert.equal(records.memoryBytes, PMD_PAGES + 1);
  records.set(0, 10 * PMD_PAGES, none);
  assert.equal(records.memoryBytes, PMD_PAGES + 1);
  assert.equal(records.of(0, PMD_PAGES), none);
});

test('it does not decay, is not forgotten with the heat, and changes no other figure', () => {
  const records = new HeatRecords({ pages: PAGES });
  const before = takeSnapshot(records, { ...REQUEST, unitBytes: PAGE_SIZE });
  records.advice.set(3, 5, cold);
  const after = takeSnapshot(records, { ...REQUEST, unitBytes: PAGE_SIZE });
  assert.deepEqual({ ...after, advice: before.advice }, before);
  records.adapt(3600e9);
  const later = takeSnapshot(records, { ...REQUEST, atNs: 3600e9, unitBytes: PAGE_SIZE });
  assert.deepEqual([...later.advice.subarray(2, 6)], [none, cold, cold, none]);
  // Arrays that are filled again lose what was taken back.
  records.advice.set(3, 4, none);
  const reused = takeSnapshot(records, { ...REQUEST, unitBytes: PAGE_SIZE }, later);
  assert.deepEqual([...reused.advice.subarray(2, 6)], [none, none, cold, none]);
});

test('a recording keeps it, also of a region that grows, and writes it only when it changes', async () => {
  const records = new HeatRecords({ pages: 64, maxPages: 1024 });
  const unitBytes = 8 * PAGE_SIZE;
  const pieces: Uint8Array[] = [];
  const header = {
    name: 'heap',
    regionBytes: 64 * PAGE_SIZE,
    pageBytes: PAGE_SIZE,
    unitBytes,
    source: 'hint',
    sees: SEES,
    originMs: 0,
    startedAtMs: 0,
    halfLifeMs: 2000,
  };
  const writer = new RecordingWriter(header, (bytes) => void pieces.push(bytes.slice()));
  const written: HeatSnapshot[] = [];
  const frames: number[] = [];
  const steps: readonly (() => void)[] = [
    () => undefined,
    () => records.advice.set(8, 16, hot),
    () => undefined,
    () => records.advice.set(20, 40, cold),
    () => records.grow(128),
    () => records.advice.set(0, 128, none),
    () => records.grow(256),
    () => records.advice.set(255, 256, hot),
  ];
  for (const step of steps) {
    step();
    const snapshot = takeSnapshot(records, { ...REQUEST, unitBytes });
    written.push(snapshot);
    const before = pieces.length;
    writer.add(snapshot);
    frames.push(pieces.length - before);
  }
  writer.end();
  assert.deepEqual(frames, [1, 2, 1, 2, 2, 2, 1, 2]);
  const { recorded, end } = await readAll(Buffer.concat(pieces));
  assert.equal(end.state, 'whole');
  assert.deepEqual(
    recorded.map(({ snapshot }) => [...snapshot.advice]),
    written.map(({ advice }) => [...advice]),
  );
  assert.deepEqual([...written[3]!.advice], [none, hot, mixed, cold, cold, none, none, none]);
});

test('the legend says how much of it there is', () => {
  const records = new HeatRecords({ pages: PAGES });
  const unitBytes = PMD_PAGES * PAGE_SIZE;
  assert.equal(adviceText(takeSnapshot(records, { ...REQUEST, unitBytes })), '');
  records.advice.set(0, 2 * PMD_PAGES, hot);
  records.advice.set(3 * PMD_PAGES, 3 * PMD_PAGES + 1, cold);
  records.advice.set(4 * PMD_PAGES, PAGES, cold);
  assert.equal(
    adviceText(takeSnapshot(records, { ...REQUEST, unitBytes })),
    'The program says that 4M are hot, and that 400K are cold, and that parts of 2M are hot or cold. ' +
      'The map does not show that.',
  );
});
