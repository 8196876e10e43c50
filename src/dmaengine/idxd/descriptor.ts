import { setWords64 } from '../../linux/sys/words64.js';
import type { DmaAddress } from '../channel.js';

// include/uapi/linux/idxd.h, struct dsa_hw_desc
/** Bytes of a descriptor. */
export const DESCRIPTOR_BYTES = 64;
/** 32-bit words of a descriptor. */
export const DESCRIPTOR_WORDS: number = DESCRIPTOR_BYTES / 4;

/** enum dsa_opcode: DSA_OPCODE_MEMMOVE */
const OPCODE_MEMMOVE = 0x03;

/** IDXD_OP_FLAG_BOF: the device waits until a page fault is resolved, instead of stopping. */
const FLAG_BLOCK_ON_FAULT = 0x0002;
/** IDXD_OP_FLAG_CRAV: the completion record address is valid. */
const FLAG_COMPLETION_ADDRESS_VALID = 0x0004;
/** IDXD_OP_FLAG_RCR: the record is always written. */
const FLAG_REQUEST_COMPLETION = 0x0008;

/**
 * Flags of every descriptor. These are left out:
 * - IDXD_OP_FLAG_CC (cache control) copies into the last-level cache, not to memory. Pages migrate in batches of
 * megabytes, mostly to a farther node, and no thread reads them during the copy. They would only evict the program's
 * own data. A device may also reserve the flag.
 * - IDXD_OP_FLAG_STORD (strict order). Writes to a destination may become visible in any order, because the completion
 * record is ordered after all of them, and nothing reads the destination before.
 * - IDXD_OP_FLAG_RCI (interrupt) would need a handle that a user process does not have.
 * @param blockOnFault only for a queue that permits it. Other queues end such a descriptor as invalid.
 */
export function memmoveFlags(blockOnFault: boolean): number {
  const flags = FLAG_COMPLETION_ADDRESS_VALID | FLAG_REQUEST_COMPLETION;
  return blockOnFault ? flags | FLAG_BLOCK_ON_FAULT : flags;
}

/**
 * Writes the descriptor of one copy, low word first, as on every host that has the device. The PASID stays 0. For a
 * shared queue the kernel fills it in, and a dedicated queue is configured with it.
 * @param words receives the descriptor, from word `at`.
 * @param record address of the completion record, a multiple of 32.
 * @param bytes at least 1, below 2^32.
 */
export function encodeMemmove(
  words: Uint32Array,
  at: number,
  flags: number,
  record: DmaAddress,
  dst: DmaAddress,
  src: DmaAddress,
  bytes: number,
): void {
  words.fill(0, at, at + DESCRIPTOR_WORDS);
  words[at + 1] = flags | (OPCODE_MEMMOVE << 24);
  setWords64(words, at + 2, record);
  setWords64(words, at + 4, src);
  setWords64(words, at + 6, dst);
  words[at + 8] = bytes;
}
