import { ERRNO } from '../common/errno.js';
import { MigrationError } from '../common/migration-error.js';
import { MAX_ORDER, PAGE_SIZE, PMD_SIZE } from '../common/page.js';
import { MAPPING_ADVICE, systemError } from '../common/system-error.js';
import { resetPolicy } from '../linux/sys/mempolicy.js';
import { advise, MADV_DOFORK, MADV_DONTFORK, MADV_HUGEPAGE } from '../linux/sys/mman.js';
import { thisThread } from '../linux/sys/thread-identity.js';
import type { BufferSpan } from './adoptable.js';
import { type AddressRange, type ClaimRefusal, processClaims } from './claims.js';

/** Of memory of this thread that V8 can move, by the address of its claim: whether it is still where it was claimed. */
const stillThere = new Map<number, () => boolean>();

/** Whose memory a region is: the program's (`adopt`), or memory that the ferry itself has made (`allocate`). */
export type MemoryOrigin = 'adopted' | 'allocated';

/**
 * Takes memory for one region and prepares it: no child inherits it, and where its folios are 2 MiB it may have
 * huge pages. @throws MigrationError EBUSY when a ferry of this process has any of it, whatever its thread; ENOMEM when the
 * process can have no more mappings (vm.max_map_count) or claims: nothing is taken then.
 * @param isThere of memory that can be moved: whether it is where it was. What is not is nobody's any more.
 */
export function claimMemory(
  operation: string,
  spans: readonly BufferSpan[],
  order: number,
  isThere?: () => boolean,
): void {
  const claims = processClaims();
  for (;;) {
    const refusal = claims.take(spans.map(rangeOf));
    if (refusal === undefined) break;
    if (!forgetMoved(refusal)) throw taken(operation, refusal, claims.count);
  }
  for (const [i, { address, pages }] of spans.entries()) {
    const error = advise(address, pages * PAGE_SIZE, MADV_DONTFORK);
    if (error !== 0) {
      // A child that inherited it would hold its pages fast, without anybody knowing.
      for (const span of spans.slice(0, i)) advise(span.address, span.pages * PAGE_SIZE, MADV_DOFORK);
      for (const span of spans) claims.release(rangeOf(span));
      throw notPrivate(operation, -error);
    }
    if (order === MAX_ORDER) {
      const first = Math.ceil(address / PMD_SIZE) * PMD_SIZE;
      const end = Math.floor((address + pages * PAGE_SIZE) / PMD_SIZE) * PMD_SIZE;
      // Else a thread that faults meanwhile would have the range mapped by small pages again.
      if (end > first) advise(first, end - first, MADV_HUGEPAGE);
    }
  }
  if (isThere !== undefined) for (const { address } of spans) stillThere.set(address, isThere);
}

/**
 * Gives memory back as ordinary memory of the program. No page of it may be out. Memory that `allocate` made loses the
 * policy that it was made with. Adopted memory keeps its own (mbind(2)). MADV_HUGEPAGE stays where it was set: madvise(2)
 * has no advice that takes it back, and MADV_NOHUGEPAGE forbids huge pages.
 */
export function releaseMemory(spans: readonly BufferSpan[], origin: MemoryOrigin): void {
  for (const span of spans) {
    advise(span.address, span.pages * PAGE_SIZE, MADV_DOFORK);
    if (origin === 'allocated') resetPolicy(span.address, span.pages * PAGE_SIZE);
    processClaims().release(rangeOf(span));
    stillThere.delete(span.address);
  }
}

/** Memory that has grown in place is one span, and not two. The new part was claimed by itself. */
export function joinClaims(old: BufferSpan, more: BufferSpan): void {
  processClaims().join(rangeOf(old), rangeOf(more));
}

/** Memory that is not where it was claimed any more: nothing is done to what is there now. */
export function forgetMemory(spans: readonly BufferSpan[]): void {
  for (const span of spans) {
    stillThere.delete(span.address);
    processClaims().release(rangeOf(span));
  }
}

/** Ends a claim of this thread whose memory has been moved since. False when there is none in the way. */
function forgetMoved({ by }: ClaimRefusal): boolean {
  if (by === undefined || by.thread !== thisThread().id) return false;
  if (stillThere.get(by.start)?.() !== false) return false;
  stillThere.delete(by.start);
  processClaims().release(by);
  return true;
}

function rangeOf({ address, pages }: BufferSpan): AddressRange {
  return { start: address, end: address + pages * PAGE_SIZE };
}

function taken(operation: string, { by }: ClaimRefusal, count: number): MigrationError {
  if (by === undefined) {
    return new MigrationError(
      'ENOMEM',
      `buffer: the process has ${count} adopted buffers, which is the maximum`,
      {
        operation,
        advice: 'Release regions, or put the data of several into one buffer.',
      },
    );
  }
  const own = by.thread === thisThread().id;
  const problem = own ? 'buffer: is already adopted' : 'buffer: is adopted by a ferry of another thread';
  return new MigrationError('EBUSY', problem, {
    operation,
    argument: 'buffer',
    advice: own
      ? 'Release its region first, and await region.release().'
      : 'Release its region in that thread, or migrate it from there.',
  });
}

function notPrivate(operation: string, errno: number): MigrationError {
  // madvise(2) says EAGAIN when a mapping could not be split.
  const full = errno === ERRNO.EAGAIN || errno === ERRNO.ENOMEM;
  return systemError(
    full ? ERRNO.ENOMEM : errno,
    `buffer: cannot exclude the memory from child processes (MADV_DONTFORK)`,
    {
      operation,
      argument: 'buffer',
      ...(full ? { advice: MAPPING_ADVICE } : {}),
    },
  );
}
