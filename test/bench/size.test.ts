import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSize, parseSize } from '../../src/common/size.js';

test('sizes are numbers with a unit of 1024s, in any case, with or without B or iB', () => {
  assert.equal(parseSize('4096'), 4096);
  assert.equal(parseSize('4K'), 4096);
  assert.equal(parseSize('64k'), 65536);
  assert.equal(parseSize('512M'), 512 * 2 ** 20);
  assert.equal(parseSize('512MiB'), 512 * 2 ** 20);
  assert.equal(parseSize('1GB'), 2 ** 30);
  assert.equal(parseSize(' 1.5 G '), 1.5 * 2 ** 30);
  assert.equal(parseSize('2T'), 2 ** 41);
});

test('nonsense is refused and says what a size looks like', () => {
  for (const text of ['', 'K', '-1K', '4X', '4KK', '0x10', '1e9', 'NaN', '1,5G', '4 4K']) {
    assert.throws(() => parseSize(text), { name: 'RangeError', message: /4K, 512M or 1G/ }, text);
  }
});

test('nothing, parts of a byte, and more than a double holds exactly are refused', () => {
  assert.throws(() => parseSize('0'), RangeError);
  assert.throws(() => parseSize('0M'), RangeError);
  assert.throws(() => parseSize('0.3'), RangeError);
  assert.throws(() => parseSize('99999999T'), RangeError);
});

test('sizes are written in the largest unit that fits', () => {
  assert.equal(formatSize(512), '512');
  assert.equal(formatSize(4096), '4K');
  assert.equal(formatSize(2 ** 20), '1M');
  assert.equal(formatSize(1.5 * 2 ** 30), '1.5G');
  assert.equal(formatSize(2 ** 41), '2T');
});
