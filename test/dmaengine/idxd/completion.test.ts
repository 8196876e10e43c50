import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesFromStart,
  COMPLETION_BYTES,
  clearCompletion,
  completionStatus,
  decodeCompletion,
  STATUS_NONE,
} from '../../../src/dmaengine/idxd/completion.js';

const AT = 16;

/** Words that hold `bytes` as a record from word 16 on. */
function record(bytes: readonly number[]): Int32Array {
  const words = new Int32Array(AT + 8);
  new Uint8Array(words.buffer, AT * 4, bytes.length).set(bytes);
  return words;
}

test('a record has 32 bytes', () => {
  assert.equal(COMPLETION_BYTES, 32);
});

test('every field is read from where struct dsa_completion_record has it', () => {
  const words = record(
    [
      [0x83], // status: DSA_COMP_PAGE_FAULT_NOBOF | DSA_COMP_STATUS_WRITE
      [0x01], // result
      [0x42, 0], // rsvd; its first byte is the fault info of newer devices
      [0x04, 0x03, 0x02, 0xf1], // bytes_completed
      [0x00, 0x50, 0x22, 0x21, 0xff, 0x7f, 0, 0], // fault_addr
      [0x40, 0x00, 0x80, 0x77], // invalid_flags:24, rsvd2:8
    ].flat(),
  );
  assert.deepEqual(decodeCompletion(words, AT), {
    status: 0x03,
    faultOnWrite: true,
    result: 1,
    faultInfo: 0x42,
    bytesCompleted: 0xf102_0304,
    faultAddress: 0x7fff_2122_5000,
    invalidFlags: 0x80_0040,
  });
  assert.equal(completionStatus(words, AT), 0x03);
});

test('a fault on a read has the same status as one on a write', () => {
  for (const status of [0x03, 0x83, 0x04, 0x84]) {
    assert.equal(completionStatus(record([status]), AT), status & 0x0f);
    assert.equal(decodeCompletion(record([status]), AT).faultOnWrite, status > 0x80);
  }
});

test('bytes count from the start only when the device copied from there', () => {
  assert.equal(bytesFromStart(record([0x03, 0, 0, 0, 0x00, 0x10, 0, 0]), AT), 4096);
  assert.equal(bytesFromStart(record([0x03, 1, 0, 0, 0x00, 0x10, 0, 0]), AT), 0);
  assert.equal(bytesFromStart(record([0x03, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), AT), 2 ** 32 - 1);
});

test('a cleared record says that nothing has been written', () => {
  const words = record(new Array(32).fill(0xff));
  clearCompletion(words, AT);
  assert.equal(completionStatus(words, AT), STATUS_NONE);
  assert.equal(bytesFromStart(words, AT), 0);
});
