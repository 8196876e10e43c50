import { ERRNO } from '../common/errno.js';
import { MigrationError } from '../common/migration-error.js';
import { MAX_ORDER, PAGE_SIZE, PMD_SIZE } from '../common/page.js';
import { MAPPING_ADVICE, systemError } from '../common/system-error.js';
import { endWatch } from '../linux/accessed/referenced-marks.js';
import { resetPolicy } from '../linux/sys/mempolicy.js';
import { advise, MADV_DOFORK, MADV_DONTFORK, MADV_HUGEPAGE } from '../linux/sys/mman.js';
import { thisThread } from '../linux/sys/thread-identity.js';
import type { BufferSpan } from './adoptable.js';
import { type AddressRange, type ClaimRefusal, processClaims } from './claims.js';

/** Whether memory that V8 can move is still where this thread claimed it, by the address of the claim. */
const stillThere = new Map<number, () => boolean>();

/** `adopted`: the memory was made by the program. `allocated`: the ferry made it. */
export type MemoryOrigin = 'adopted' | 'allocated';

/**
 * Claims the memory of one region, and prepares it. Child processes do not inherit it. If its folios are 2 MiB, it may
 * have huge pages. After an error nothing is claimed.
 * @throws MigrationError EBUSY when a ferry of this process has any of it, in any thread. ENOMEM at the limit of
 * mappings (vm.max_map_count) or of claims.
 * @param isThere for memory that V8 can move: whether it is still at this address. If not, the claim is void.
 */
export function claimMemory(
  operation: string,
  spans: readonly BufferSpan[],
  order: number,
  isThere?: () => boolean,
): void {
  const claims = processClaims();
  const abandoned: AddressRange[] = [];
  for (;;) {
    const refusal = claims.take(spans.map(rangeOf), abandoned);
    if (refusal === undefined) break;
    if (!forgetMoved(refusal)) throw taken(operation, refusal, claims.count);
  }
  for (const [i, { address, pages }] of spans.entries()) {
    const error = advise(address, pages * PAGE_SIZE, MADV_DONTFORK);
    if (error !== 0) {
      // A child that inherited this memory would pin its pages unnoticed.
      for (const span of spans.slice(0, i)) advise(span.address, span.pages * PAGE_SIZE, MADV_DOFORK);
      for (const span of spans) claims.release(rangeOf(span));
      throw notPrivate(operation, -error);
    }
    if (order === MAX_ORDER) {
      const first = Math.ceil(address / PMD_SIZE) * PMD_SIZE;
      const end = Math.floor((address + pages * PAGE_SIZE) / PMD_SIZE) * PMD_SIZE;
      // Otherwise a thread that faults during a migration would get small pages in the range.
      if (end > first) advise(first, end - first, MADV_HUGEPAGE);
    }
  }
  // A thread that has ended in a watch could not end it.
  for (const { start, end } of abandoned) endWatch(start, end - start);
  if (isThere !== undefined) for (const { address } of spans) stillThere.set(address, isThere);
}

/**
 * Gives memory back as ordinary memory of the program. No page of it may be in flight. Memory from `allocate` loses its
 * memory policy. Adopted memory keeps its own (mbind(2)). MADV_HUGEPAGE stays set: madvise(2) cannot revert it, and
 * MADV_NOHUGEPAGE would forbid huge pages.
 * @param watched whether the migration thread may have ended in a watch, and left its mark: see ReferencedMarks.
 */
export function releaseMemory(spans: readonly BufferSpan[], origin: MemoryOrigin, watched = false): void {
  for (const span of spans) {
    if (watched) endWatch(span.address, span.pages * PAGE_SIZE);
    advise(span.address, span.pages * PAGE_SIZE, MADV_DOFORK);
    if (origin === 'allocated') resetPolicy(span.address, span.pages * PAGE_SIZE);
    processClaims().release(rangeOf(span));
    stillThere.delete(span.address);
  }
}

/** Joins the claims of memory that has grown in place. The new part was claimed separately. */
export function joinClaims(old: BufferSpan, more: BufferSpan): void {
  processClaims().join(rangeOf(old), rangeOf(more));
}

/**
 * Ends the claims of memory that V8 has moved. The addresses may be in use for something else, so they stay untouched.
 */
export function forgetMemory(spans: readonly BufferSpan[]): void {
  for (const span of spans) {
    stillThere.delete(span.address);
    processClaims().release(rangeOf(span));
  }
}

/** Ends a claim of this thread whose memory V8 has moved. Returns false if the claim is valid. */
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
  // madvise(2) returns EAGAIN when a mapping could not be split.
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
