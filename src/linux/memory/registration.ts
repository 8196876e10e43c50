import { ERRNO } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import { MAPPING_ADVICE, systemError } from '../../common/system-error.js';
import type { Batch } from '../../mm/pipeline/batch.js';
import { JOURNAL_SPANS, type Journal } from '../rescue/journal.js';
import type { Userfaultfd, WaitMode } from '../userfaultfd/userfaultfd.js';
import type { AddressSpace, Span } from './address-space.js';

/**
 * Registers the program's ranges with the userfaultfd during a migration, and enters them in the journal. A thread that
 * waits in a range without an entry could stay asleep after this thread ends.
 */
export class Registration {
  readonly #uffd: Userfaultfd;
  readonly #journal: Journal;

  constructor(uffd: Userfaultfd, journal: Journal) {
    this.#uffd = uffd;
    this.#journal = journal;
  }

  /** @throws MigrationError EBUSY, EINVAL, … if a range cannot be registered. Then none is. */
  begin(spans: readonly Span[], mode: WaitMode): void {
    for (const [i, span] of spans.entries()) {
      const error = this.#register(span, mode);
      if (error === undefined) continue;
      this.end(spans.slice(0, i));
      throw error;
    }
  }

  /** Makes the ranges ordinary memory again. Threads that wait there continue. */
  end(spans: readonly Span[]): void {
    for (const { address, pages } of spans) {
      this.#uffd.unregister(address, pages * PAGE_SIZE);
      this.#journal.unregistered(address);
    }
  }

  /**
   * Registers the range of a batch for missing pages, because its pages are about to leave.
   * @throws MigrationError ENOMEM, … if the kernel refuses that
   */
  awaitMissing({ length, page, order }: Batch, space: AddressSpace): void {
    for (const span of space.spans) {
      // A list is in the order of addresses, so a batch is one range of each span.
      const from = span.address / PAGE_SIZE;
      let first = Number.POSITIVE_INFINITY;
      let end = 0;
      for (let i = 0; i < length; i++) {
        if (page[i]! < from || page[i]! >= from + span.pages) continue;
        first = Math.min(first, page[i]!);
        end = Math.max(end, page[i]! + (1 << order[i]!));
      }
      if (first >= end) continue;
      this.#awaitMissing({ address: first * PAGE_SIZE, pages: end - first }, space);
    }
  }

  #awaitMissing(part: Span, { spans, leaveMode }: AddressSpace): void {
    // If the process can get no more mappings, the whole span is registered, which splits no mapping.
    const whole = spans.find(
      ({ address, pages }) => part.address >= address && part.address < address + pages * PAGE_SIZE,
    );
    let error = 0;
    for (const { address, pages } of [part, whole!]) {
      error = this.#uffd.register(address, pages * PAGE_SIZE, leaveMode);
      if (error === 0) return;
    }
    throw notRegistered(-error);
  }

  #register({ address, pages }: Span, mode: WaitMode): MigrationError | undefined {
    if (!this.#journal.registered(address, pages * PAGE_SIZE)) return journalFull();
    const error = this.#uffd.register(address, pages * PAGE_SIZE, mode);
    if (error === 0) return undefined;
    this.#journal.unregistered(address);
    return notRegistered(-error);
  }
}

/** The meaning of each errno of UFFDIO_REGISTER(2const). */
const REASONS: Readonly<Record<number, string>> = {
  [ERRNO.EBUSY]:
    'The memory is already registered with another userfaultfd, perhaps by a library or another ferry.',
  [ERRNO.EINVAL]:
    'The memory is no longer the private anonymous memory that was adopted. Release the region.',
  [ERRNO.EPERM]: 'The memory is no longer the private anonymous memory that was adopted. Release the region.',
  [ERRNO.ENOMEM]: MAPPING_ADVICE,
};

/** The error for a range of a region that UFFDIO_REGISTER has refused. */
export function notRegistered(errno: number): MigrationError {
  const advice = REASONS[errno];
  return systemError(errno, "cannot register the region's memory with the userfaultfd", {
    operation: 'migrate',
    ...(advice === undefined ? {} : { advice }),
  });
}

/** Only possible for memory that was not adopted in the ferry's way: see MAX_REGION_SPANS. */
function journalFull(): MigrationError {
  return new MigrationError('ENOSPC', `the journal of this ferry is full (${JOURNAL_SPANS} ranges)`, {
    operation: 'migrate',
    advice: 'Wait for running migrations before you start more.',
  });
}
