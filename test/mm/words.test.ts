import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRNO, errnoName } from '../../src/common/errno.js';
import { invalidArgument, MigrationError } from '../../src/common/migration-error.js';
import { folioBytes, orderOf } from '../../src/common/page.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { ALL_REASONS, MIGRATE_REASONS, reasonBit } from '../../src/mm/reason.js';

test('an order and the bytes of its folio name each other', () => {
  for (let order = 0; order <= 9; order++) assert.equal(orderOf(folioBytes(order)), order);
});

test('what is no size of a folio has no order', () => {
  for (const bytes of [0, -4096, 1, 4095, 12288, 2 ** 22, Number.NaN]) assert.equal(orderOf(bytes), -1);
});

test('each reason has a bit of its own, in the order of the kernel', () => {
  const bits = MIGRATE_REASONS.map(reasonBit);
  assert.deepEqual(bits.slice(0, 4), [1, 2, 4, 8]);
  assert.equal(
    bits.reduce((mask, bit) => mask | bit, 0),
    ALL_REASONS,
  );
});

test('an errno that has a name is named, and any other is told by its number', () => {
  assert.equal(errnoName(ERRNO.EHWPOISON), 'EHWPOISON');
  assert.equal(errnoName(71), 'errno 71');
});

test('an error says what was attempted, why not, and what to do about it', () => {
  const cause = new Error('below');
  const error = new MigrationError('ENOMEM', 'node 1 is full', {
    operation: 'migrate',
    advice: 'Free some.',
    cause,
  });
  assert.equal(error.message, 'migrate: ENOMEM: node 1 is full. Free some.');
  assert.deepEqual([error.code, error.errno, error.cause], ['ENOMEM', -12, cause]);
  assert.equal(new MigrationError(71, 'odd', { operation: 'migrate' }).code, 'errno 71');
});

test('a wrong argument is named', () => {
  const error = invalidArgument('adopt', 'options.to', 'must be a node');
  assert.deepEqual([error.code, error.argument, error.advice], ['EINVAL', 'options.to', undefined]);
});

test('a folio list grows as it needs to, and keeps what it has', () => {
  const list = new FolioList(1);
  for (let i = 0; i < 500; i++) list.push(i * 2 ** 33, i % 10);
  assert.equal(list.length, 500);
  assert.equal(list.page[499], 499 * 2 ** 33);
  assert.equal(list.order[499], 9);
  list.clear();
  assert.equal(list.length, 0);
});

test('a folio list may begin with no room at all', () => {
  const list = new FolioList(0);
  list.push(5, 0);
  assert.equal(list.page[0], 5);
});
