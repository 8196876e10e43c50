import { resetPolicy } from '../linux/mempolicy.js';
import { advise, MADV_DOFORK, MADV_DONTFORK, MADV_HUGEPAGE } from '../linux/mman.js';
import { ERRNO } from '../mm/errno.js';
import { MigrationError } from '../mm/migration-error.js';
import { MAX_ORDER, PAGE_SIZE, PMD_SIZE } from '../mm/page.js';
import type { BufferSpan } from './adoptable.js';

/**
 * Memory that some ferry of this thread has taken: two engines on one memory would fight. By address, as one
 * memory can have several objects (a cloned SharedArrayBuffer, a WebAssembly.Memory and its buffer).
 */
const claimed = new Set<BufferSpan>();
/** Of memory that can be moved: whether it is still where it was claimed. */
const stillThere = new WeakMap<BufferSpan, () => boolean>();

/** Whose memory a region is: the program's (`adopt`), or memory that the ferry itself has made (`allocate`). */
export type MemoryOrigin = 'adopted' | 'allocated';

/**
 * Takes memory for one region and prepares it: no child inherits it, and where its folios are 2 MiB it may have
 * huge pages. @throws MigrationError EBUSY when any of it is taken, ENOMEM when the process can have no more mappings
 * (vm.max_map_count): nothing is taken then.
 * @param isThere of memory that can be moved: whether it is where it was. What is not is nobody's any more.
 */
export function claimMemory(
  operation: string,
  spans: readonly BufferSpan[],
  order: number,
  isThere?: () => boolean,
): void {
  for (const span of spans) {
    const others = [...claimed].filter((other) => overlap(span, other));
    for (const other of others) if (stillThere.get(other)?.() === false) claimed.delete(other);
    if (others.some((other) => claimed.has(other))) {
      throw new MigrationError('EBUSY', 'the buffer is adopted already', {
        operation,
        argument: 'buffer',
        advice: 'Release its region first, and await region.release().',
      });
    }
  }
  for (const span of spans) {
    const { address, pages } = span;
    const error = advise(address, pages * PAGE_SIZE, MADV_DONTFORK);
    if (error !== 0) {
      // A child that inherited it would hold its pages fast, without anybody knowing.
      giveBackMemory(spans, 'adopted');
      // madvise(2) says EAGAIN when a mapping could not be split.
      const full = error === -ERRNO.EAGAIN || error === -ERRNO.ENOMEM;
      const code = full ? ERRNO.ENOMEM : -error;
      throw new MigrationError(code, 'the memory cannot be kept from child processes (MADV_DONTFORK)', {
        operation,
        argument: 'buffer',
        ...(full ? { advice: 'Raise vm.max_map_count, or have fewer mappings.' } : {}),
      });
    }
    if (order === MAX_ORDER) {
      const first = Math.ceil(address / PMD_SIZE) * PMD_SIZE;
      const end = Math.floor((address + pages * PAGE_SIZE) / PMD_SIZE) * PMD_SIZE;
      // Else a thread that faults meanwhile would have the range mapped by small pages again.
      if (end > first) advise(first, end - first, MADV_HUGEPAGE);
    }
    claimed.add(span);
    if (isThere !== undefined) stillThere.set(span, isThere);
  }
}

/**
 * Gives memory back as ordinary memory of the program. No page of it may be out. Memory that `allocate` made loses the
 * policy that it was made with. Adopted memory keeps its own (mbind(2)). MADV_HUGEPAGE stays where it was set: madvise(2)
 * has no advice that takes it back, and MADV_NOHUGEPAGE forbids huge pages.
 */
export function giveBackMemory(spans: readonly BufferSpan[], origin: MemoryOrigin): void {
  for (const span of spans) {
    advise(span.address, span.pages * PAGE_SIZE, MADV_DOFORK);
    if (origin === 'allocated') resetPolicy(span.address, span.pages * PAGE_SIZE);
    claimed.delete(span);
  }
}

/** Memory that has grown in place is one span, and not two. */
export function joinClaims(parts: readonly BufferSpan[], whole: BufferSpan, isThere?: () => boolean): void {
  forgetMemory(parts);
  claimed.add(whole);
  if (isThere !== undefined) stillThere.set(whole, isThere);
}

/** Memory that is not where it was claimed any more: nothing is done to what is there now. */
export function forgetMemory(spans: readonly BufferSpan[]): void {
  for (const span of spans) claimed.delete(span);
}

function overlap(a: BufferSpan, b: BufferSpan): boolean {
  return a.address < b.address + b.pages * PAGE_SIZE && b.address < a.address + a.pages * PAGE_SIZE;
}
