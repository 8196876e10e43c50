import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_REASONS, MIGRATE_REASONS, reasonBit } from '../../src/mm/reason.js';
import { formatReasonMask, readReasonMask } from '../../src/parameters/reason-mask-text.js';

const read = (text: string) => readReasonMask('reason_mask', text);

test('every mask is read back from what is shown for it', () => {
  for (let mask = 0; mask <= ALL_REASONS; mask++) assert.equal(read(formatReasonMask(mask)), mask);
});

test('names are shown in the order of the kernel, and all or none as that', () => {
  assert.equal(formatReasonMask(reasonBit('demotion') | reasonBit('compaction')), 'compaction,demotion');
  assert.equal(formatReasonMask(ALL_REASONS), 'all');
  assert.equal(formatReasonMask(0), 'none');
});

test('names may be in any order, between commas or spaces, and a newline may follow', () => {
  const mask = reasonBit('demotion') | reasonBit('damon');
  for (const text of [
    'damon,demotion',
    'demotion damon',
    'demotion,  damon',
    'damon , demotion\n',
    'damon,damon,demotion',
  ]) {
    assert.equal(read(text), mask, text);
  }
  assert.equal(read('all\n'), ALL_REASONS);
  assert.equal(read('none\n'), 0);
  assert.equal(read(MIGRATE_REASONS.join(',')), ALL_REASONS);
});

test('a number has the bits of the reasons', () => {
  assert.equal(read('0'), 0);
  assert.equal(read('0x9\n'), reasonBit('compaction') | reasonBit('syscall'));
  assert.equal(read(String(ALL_REASONS)), ALL_REASONS);
});

test('a word or a bit that no reason has is refused, and the error says which there are', () => {
  for (const text of [
    '',
    '\n',
    ',',
    'damon,',
    ',damon',
    'damon,,demotion',
    'Damon',
    'all,damon',
    'none damon',
    '-1',
    'damon\n\n',
    'damon 4',
    'x',
  ]) {
    assert.throws(
      () => read(text),
      { code: 'EINVAL', argument: 'reason_mask', advice: /damon/ },
      JSON.stringify(text),
    );
  }
  for (const text of ['1024', '0xffffffff'])
    assert.throws(() => read(text), { code: 'EINVAL', advice: /0x3ff/ });
});
