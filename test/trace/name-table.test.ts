import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NameTable } from '../../src/trace/name-table.js';

function tables(count: number): NameTable[] {
  const buffer = new SharedArrayBuffer(NameTable.bytes);
  return Array.from({ length: count }, () => new NameTable(buffer, 0));
}

test('a name has one number, and whoever shares the memory reads it', () => {
  const [one, other] = tables(2) as [NameTable, NameTable];
  const [dcbm, soft] = [one.numberOf('dcbm'), one.numberOf('soft0')];
  assert.notEqual(dcbm, soft);
  assert.equal(one.numberOf('dcbm'), dcbm);
  assert.equal(other.nameOf(dcbm), 'dcbm');
  assert.equal(other.nameOf(soft), 'soft0');
  assert.equal(one.numberOf(''), 0);
  assert.equal(one.nameOf(0), '');
});

test('a long name is cut between two characters', () => {
  const [table, other] = tables(2) as [NameTable, NameTable];
  const name = other.nameOf(table.numberOf(`x${'é'.repeat(100)}`));
  assert.match(name, /^xé+$/);
  assert.ok(new TextEncoder().encode(name).length <= 124);
});

test('when it is full a new name has no number, and the old ones keep theirs', () => {
  const [table] = tables(1) as [NameTable];
  const numbers = Array.from({ length: 600 }, (_, i) => table.numberOf(`name ${i}`));
  assert.equal(new Set(numbers.slice(0, 511)).size, 511);
  assert.ok(numbers.slice(511).every((number) => number === 0));
  assert.equal(table.nameOf(numbers[510]!), 'name 510');
  assert.equal(table.numberOf('name 3'), numbers[3]);
});
