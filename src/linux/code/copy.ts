import { ERRNO } from '../../common/errno.js';
import { type Address, libc } from '../sys/libc.js';
import { Scratch } from '../sys/scratch.js';
import { syscallNumbers } from '../sys/syscalls.js';
import { streamingCopy } from './streaming-copy.js';

/** Copies bytes between two ranges that do not overlap. Returns 0 or a negative errno. */
export type CopyRoutine = (dst: Address, src: Address, bytes: number) => number;

/**
 * How the pipeline copies on this host.
 * - `fast`: memcpy. A source that the kernel knows to be poisoned cannot be unmapped, so it is never copied. Memory that
 *   fails during the copy ends the process, as it would for any reader.
 * - `checked`: process_vm_writev(2) on this process itself. The kernel reads the source, and returns EFAULT if it cannot,
 *   instead of sending a signal. It has two thirds of the speed, a quarter at 4 KiB.
 */
export type CopyKind = 'fast' | 'checked';

export function copyRoutine(kind: CopyKind): CopyRoutine {
  return kind === 'checked' ? checkedCopy() : fastCopy();
}

/** glibc's memcpy is slower on blocks of 1 MiB and more (`npm run copies`; docs/performance.md). */
const PIECE_BYTES = 256 * 1024;

/**
 * From this size on the streaming copy is faster than memcpy on every host measured. Below, its call costs more than it
 * saves (`npm run copies`).
 */
const STREAMING_BYTES = 4096;

/**
 * The best copy of this host, for threads that do nothing else. It streams from STREAMING_BYTES on, if it can. It leaves
 * nothing in the caches, which suits pages that another thread will use.
 */
export function channelCopyRoutine(kind: CopyKind): CopyRoutine {
  const plain = copyRoutine(kind);
  const stream = kind === 'fast' ? streamingCopy() : undefined;
  if (stream === undefined) return plain;
  return (dst, src, bytes) => {
    if (bytes < STREAMING_BYTES) return plain(dst, src, bytes);
    stream(dst, src, bytes);
    return 0;
  };
}

/**
 * A copy for threads that can be made to fail (fault injection). When `words[at]` is 1, one copy throws half-way, in one of
 * the threads that share the word.
 */
export function failableCopy(copy: CopyRoutine, words: Int32Array, at: number): CopyRoutine {
  return (dst, src, bytes) => {
    if (Atomics.load(words, at) === 0 || Atomics.exchange(words, at, 0) === 0) return copy(dst, src, bytes);
    copy(dst, src, Math.floor(bytes / 2));
    throw new Error('fault injected in the middle of a copy');
  };
}

function fastCopy(): CopyRoutine {
  const { memcpy } = libc();
  return (dst, src, bytes) => {
    for (let done = 0; done < bytes; done += PIECE_BYTES) {
      memcpy(dst + done, src + done, Math.min(PIECE_BYTES, bytes - done));
    }
    return 0;
  };
}

function checkedCopy(): CopyRoutine {
  const c = libc();
  const { process_vm_writev } = syscallNumbers();
  const { pid } = process;
  // Two struct iovec: local (the source), then remote (the destination).
  const vectors = new Scratch(32);
  return (dst, src, bytes) => {
    let done = 0;
    while (done < bytes) {
      vectors.set64(0, src + done);
      vectors.set64(1, bytes - done);
      vectors.set64(2, dst + done);
      vectors.set64(3, bytes - done);
      const written = c.syscall(process_vm_writev, pid, vectors.address, 1, vectors.address + 16, 1, 0);
      if (written < 0) return -c.errno();
      if (written === 0) return -ERRNO.EFAULT;
      done += written;
    }
    return 0;
  };
}
