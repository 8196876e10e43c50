import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESCRIPTOR_BYTES, encodeMemmove, memmoveFlags } from '../../../src/dmaengine/idxd/descriptor.js';

/** The bytes of word `at` to the end of the descriptor, with 0xff all around to see what is written. */
function encoded(
  at: number,
  flags: number,
  record: number,
  dst: number,
  src: number,
  bytes: number,
): number[] {
  const words = new Uint32Array(at + 16 + 4).fill(0xffff_ffff);
  encodeMemmove(words, at, flags, record, dst, src, bytes);
  const all = [...new Uint8Array(words.buffer)];
  assert.ok(
    all.slice(0, at * 4).every((byte) => byte === 0xff),
    'nothing before it is written',
  );
  assert.ok(
    all.slice(at * 4 + 64).every((byte) => byte === 0xff),
    'nothing behind it is written',
  );
  return all.slice(at * 4, at * 4 + 64);
}

test('a descriptor has 64 bytes', () => {
  assert.equal(DESCRIPTOR_BYTES, 64);
});

test('every byte of a copy is where struct dsa_hw_desc has it', () => {
  const bytes = encoded(
    4,
    memmoveFlags(true),
    0x7f01_0203_0420,
    0x7fff_1112_1314,
    0x5566_2122_2324,
    0x0012_3456,
  );
  assert.deepEqual(
    bytes,
    [
      [0, 0, 0, 0], // pasid:20, rsvd:11, priv:1
      [0x0e, 0, 0, 0x03], // flags:24, opcode:8
      [0x20, 0x04, 0x03, 0x02, 0x01, 0x7f, 0, 0], // completion_addr
      [0x24, 0x23, 0x22, 0x21, 0x66, 0x55, 0, 0], // src_addr
      [0x14, 0x13, 0x12, 0x11, 0xff, 0x7f, 0, 0], // dst_addr
      [0x56, 0x34, 0x12, 0x00], // xfer_size
      [0, 0], // int_handle
      [0, 0], // rsvd1
      new Array(24).fill(0), // op_specific
    ].flat(),
  );
});

test('a record is always asked for; blocking on faults only where the queue allows it', () => {
  // Bit 1 IDXD_OP_FLAG_BOF, 2 IDXD_OP_FLAG_CRAV, 3 IDXD_OP_FLAG_RCR.
  assert.equal(memmoveFlags(false), 0b1100);
  assert.equal(memmoveFlags(true), 0b1110);
});

test('addresses are exact up to 2^53, sizes up to 2^32 - 1', () => {
  const addresses = [0, 32, 2 ** 32 - 32, 2 ** 32, 2 ** 47 - 4096, 2 ** 53 - 32];
  for (const address of addresses) {
    const view = new DataView(Uint8Array.from(encoded(0, 0, address, address, address, 0xffff_ffff)).buffer);
    for (const at of [8, 16, 24]) assert.equal(view.getBigUint64(at, true), BigInt(address));
    assert.equal(view.getUint32(32, true), 0xffff_ffff);
  }
});
