import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '../../src/autopilot/budget.js';
import { Pauses } from '../../src/autopilot/pauses.js';

const MS = 1e6;
const MIB = 2 ** 20;

/** Batches on a machine with this time for a byte. Every `nth` one is disturbed for `ns`. */
function run(pauses: Pauses, nsPerByte: number, batches: number, nth = 0, ns = 0): void {
  for (let i = 1; i <= batches; i++) {
    const bytes = pauses.batchBytes;
    pauses.add(bytes * nsPerByte + (nth > 0 && i % nth === 0 ? ns : 0), bytes);
  }
}

test('batches grow to half of the limit, and not beyond it', () => {
  const pauses = new Pauses(5 * MS, 32 * MIB);
  run(pauses, 1, 2000);
  // 2.5 MB take 2.5 ms.
  assert.ok(pauses.batchBytes > 1.5 * MIB && pauses.batchBytes <= 2.5e6, `${pauses.batchBytes}`);
  assert.ok(pauses.maxNs <= 2.6 * MS);
  assert.equal(pauses.batches, 2000);
});

test('batches are as small as a short limit needs, down to a page', () => {
  const pauses = new Pauses(0.05 * MS, 32 * MIB);
  run(pauses, 1, 200);
  assert.ok(pauses.batchBytes * 1 <= 0.025 * MS, `${pauses.batchBytes}`);
  const slow = new Pauses(0.05 * MS, 32 * MIB);
  run(slow, 100, 200);
  assert.equal(slow.batchBytes, 4096);
});

test('never more than the ferry permits', () => {
  const pauses = new Pauses(10_000 * MS, MIB);
  run(pauses, 0.1, 2000);
  assert.equal(pauses.batchBytes, MIB);
});

test('pauses with another cause than the size do not make batches tiny', () => {
  const pauses = new Pauses(5 * MS, 32 * MIB);
  run(pauses, 0.5, 500, 3, 20 * MS);
  assert.ok(pauses.batchBytes >= 2 ** 16, `${pauses.batchBytes}`);
  assert.ok(pauses.p999Ns > 20 * MS, 'they are in the report');
  // Later nothing disturbs them.
  run(pauses, 0.5, 2000);
  assert.ok(pauses.batchBytes > MIB);
});

test('huge pages that take too long are not permitted, until that is forgotten', () => {
  const pauses = new Pauses(5 * MS, 32 * MIB);
  assert.equal(pauses.permitsHuge(), true);
  // One of the first was disturbed.
  for (const ns of [50, 1, 2, 2]) pauses.addHuge(ns * MS);
  assert.equal(pauses.permitsHuge(), true);
  assert.equal(
    pauses.batchBytes,
    new Pauses(5 * MS, 32 * MIB).batchBytes,
    'other batches are as large as before',
  );
  const slow = new Pauses(5 * MS, 32 * MIB);
  for (let i = 0; i < 4; i++) slow.addHuge(20 * MS);
  let refused = 0;
  while (!slow.permitsHuge()) refused++;
  assert.ok(refused > 10 && refused < 1000, String(refused));
});

test('a budget saves up for a second, and learns what a byte takes', () => {
  const budget = new Budget(100 * MIB, 0.1, 0);
  // 0.1 s of CPU time at 0.5 ns for a byte are 200 MB.
  assert.equal(budget.begin(0, false), 100 * MIB);
  budget.spend(100 * MIB, 100 * MIB * 2);
  budget.end();
  assert.equal(budget.nsPerByte, 1.25);
  assert.equal(budget.left(), 0);
  const after = budget.begin(500, false);
  // Half a second of bytes. 0.1 s less 0.21 s, and 0.05 s of CPU time: still in debt.
  assert.equal(after, 0);
  budget.begin(10_000, false);
  const full = budget.left();
  assert.equal(full, Math.floor(0.1e9 / 1.25));
  assert.equal(budget.left(true), Math.floor(full / 4));
  assert.equal(budget.begin(1e9, false), full);
});
