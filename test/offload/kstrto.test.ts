import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { kstrtobool, kstrtouint } from '../../src/parameters/kstrto.js';

test('numbers are read with the base that their beginning says', () => {
  const read = [
    '0',
    '7',
    '16',
    '010',
    '0x10',
    '0XfF',
    '00',
    '+5',
    '4294967295',
    '0xffffffff',
    '037777777777',
  ];
  assert.deepEqual(read.map(kstrtouint), [0, 7, 16, 8, 16, 255, 0, 5, 4294967295, 4294967295, 4294967295]);
});

test('one newline after a number is accepted, and nothing else', () => {
  assert.equal(kstrtouint('12\n'), 12);
  for (const text of ['12\n\n', ' 12', '12 ', '12\r\n', '\n12', '12\0', '12a', '\n']) {
    assert.equal(kstrtouint(text), undefined, JSON.stringify(text));
  }
});

test('what is no number of 32 bits is none', () => {
  const wrong = [
    '',
    '+',
    '-',
    '-1',
    '-0',
    '++1',
    '1.5',
    '1e3',
    '1_000',
    'x',
    '0x',
    '0xg',
    '08',
    '0b1',
    '0o7',
    '١',
  ];
  const large = ['4294967296', '0x100000000', '040000000000', '99999999999999999999', '9'.repeat(400)];
  for (const text of [...wrong, ...large]) assert.equal(kstrtouint(text), undefined, text);
});

test('every number of 32 bits is read back from each base', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
      for (const text of [String(value), `0x${value.toString(16)}`, `0${value.toString(8)}`]) {
        assert.equal(kstrtouint(text), value);
        assert.equal(kstrtouint(`+${text}\n`), value);
      }
    }),
  );
});

test("any text gives a number of 32 bits or none, and JavaScript's own reading agrees", () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789abfxX+-. \n') });
  fc.assert(
    fc.property(fc.oneof(digits, fc.string()), (text) => {
      const value = kstrtouint(text);
      if (value === undefined) return;
      assert.ok(Number.isInteger(value) && value >= 0 && value < 2 ** 32);
      const plain = text.replace(/\n$/, '').replace(/^\+/, '');
      assert.equal(Number(/^0\d/.test(plain) ? `0o${plain}` : plain), value);
    }),
  );
});

test('the first letter of a switch decides, and after an o the second', () => {
  for (const text of ['1', 'y', 'Y', 'yes', 't', 'True', 'e', 'enabled', 'on', 'ON', 'oN\n', '1\n', '10']) {
    assert.equal(kstrtobool(text), true, text);
  }
  for (const text of [
    '0',
    'n',
    'N',
    'no',
    'f',
    'False',
    'd',
    'disabled',
    'of',
    'off',
    'OFF\n',
    '0\n',
    '01',
  ]) {
    assert.equal(kstrtobool(text), false, text);
  }
});

test('what is no word of a switch is neither', () => {
  for (const text of ['', '\n', ' 1', '2', '-1', '+1', 'o', 'oy', 'x', 'ja', '\0']) {
    assert.equal(kstrtobool(text), undefined, JSON.stringify(text));
  }
});
