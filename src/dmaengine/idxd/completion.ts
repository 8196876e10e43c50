import type { DmaAddress } from '../channel.js';

// include/uapi/linux/idxd.h, struct dsa_completion_record
/** Bytes of a completion record. Its address is a multiple of this. */
export const COMPLETION_BYTES = 32;

// enum dsa_completion_status
/** DSA_COMP_NONE: the device has not written the record yet. It never writes this value. */
export const STATUS_NONE = 0x00;
/** DSA_COMP_SUCCESS */
export const STATUS_SUCCESS = 0x01;
/** DSA_COMP_PAGE_FAULT_NOBOF: stopped at a page fault, because the descriptor does not have BLOCK_ON_FAULT. */
export const STATUS_PAGE_FAULT = 0x03;
/** DSA_COMP_PAGE_FAULT_IR: blocked on a page fault that the system could not resolve. */
export const STATUS_PAGE_FAULT_UNRESOLVED = 0x04;

/** DSA_COMP_STATUS_MASK */
const STATUS_MASK = 0x7f;
/** DSA_COMP_STATUS_WRITE: the access that faulted was a write. */
const STATUS_WRITE = 0x80;

/** A decoded record, for diagnostics. The channel reads single fields instead. */
export interface Completion {
  /** One of enum dsa_completion_status, without the bit for writes. */
  readonly status: number;
  readonly faultOnWrite: boolean;
  /** 0: the completed bytes are the first ones. 1: they are the last ones (an overlapping copy, from its end). */
  readonly result: number;
  /** Reserved in the header. Devices that report details of a fault use it. */
  readonly faultInfo: number;
  readonly bytesCompleted: number;
  /** 0 unless the status is a page fault. */
  readonly faultAddress: DmaAddress;
  /** Flags of the descriptor that the device rejected. Only valid with status 0x11. */
  readonly invalidFlags: number;
}

/**
 * The status byte of the record at word `at`, without the bit for writes. STATUS_NONE while the device works.
 *
 * The load is atomic, so it is not optimised away, and the record's other fields are read after it. The device writes a
 * record at once, and after the whole destination. If the record's page was absent, the kernel writes the record
 * instead, with this byte last.
 */
export function completionStatus(words: Int32Array, at: number): number {
  return Atomics.load(words, at) & STATUS_MASK;
}

/**
 * Bytes that a descriptor with a page fault has copied from its start. 0 if the device worked from the end: then the
 * copy starts again.
 */
export function bytesFromStart(words: Int32Array, at: number): number {
  return resultOf(words, at) === 0 ? words[at + 1]! >>> 0 : 0;
}

/** Clears a record. The atomic store is a fence that no later submission can overtake. */
export function clearCompletion(words: Int32Array, at: number): void {
  words[at + 1] = 0;
  Atomics.store(words, at, 0);
}

export function decodeCompletion(words: Int32Array, at: number): Completion {
  const first = Atomics.load(words, at);
  return {
    status: first & STATUS_MASK,
    faultOnWrite: (first & STATUS_WRITE) !== 0,
    result: resultOf(words, at),
    faultInfo: (first >>> 16) & 0xff,
    bytesCompleted: words[at + 1]! >>> 0,
    faultAddress: (words[at + 3]! >>> 0) * 0x1_0000_0000 + (words[at + 2]! >>> 0),
    invalidFlags: words[at + 4]! & 0xff_ffff,
  };
}

function resultOf(words: Int32Array, at: number): number {
  return (words[at]! >>> 8) & 0xff;
}
