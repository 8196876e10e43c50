import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libc } from '../../src/linux/sys/libc.js';
import { Scratch } from '../../src/linux/sys/scratch.js';

test('64-bit fields come back as they were written, up to 2^53', () => {
  const scratch = new Scratch(24);
  const values = [
    0,
    1,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    2 ** 32,
    2 ** 32 + 1,
    0x7fff_ffff_f000,
    2 ** 53,
  ];
  for (const value of values) {
    scratch.set64(1, value);
    assert.equal(scratch.get64(1), value);
    assert.equal(scratch.get64(0), 0, 'the fields beside it are left alone');
    assert.equal(scratch.get64(2), 0);
  }
});

test('fields are read as signed, as the kernel writes errors', () => {
  const scratch = new Scratch(8);
  for (const value of [-1, -11, -4096, -(2 ** 40)]) {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setBigInt64(0, BigInt(value), true);
    scratch.u32[0] = bits.getUint32(0, true);
    scratch.u32[1] = bits.getUint32(4, true);
    assert.equal(scratch.get64(0), value);
  }
});

test('the bytes lie where C finds them, low word first', () => {
  const from = new Scratch(16);
  const to = new Scratch(16);
  from.set64(0, 0x1234_5678_9abc);
  from.set64(1, 7);
  libc().memcpy(to.address, from.address, 16);
  assert.deepEqual([...to.u32], [0x5678_9abc, 0x1234, 7, 0]);
  assert.equal(to.address % 8, 0);
});
