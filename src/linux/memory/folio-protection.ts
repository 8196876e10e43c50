import { ERRNO } from '../../common/errno.js';
import { PAGE_SIZE } from '../../common/page.js';
import { type Batch, NO_FRAME } from '../../mm/pipeline/batch.js';
import { FOLIO_ISOLATED } from '../../mm/pipeline/folio-state.js';
import { WP_BROKEN, WP_INTACT, WP_NONE } from '../../mm/pipeline/write-protection.js';
import type { WriteProtectPort } from '../../mm/ports/write-protect-port.js';
import { libc } from '../sys/libc.js';
import { type Pagemap, pageOf } from '../sys/pagemap.js';
import { isWholeTables } from '../tables/shadows.js';
import type { TablePolicy } from '../tables/table-policy.js';
import type { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import type { AddressSpace } from './address-space.js';
import type { MachineParts } from './machine-parts.js';
import type { MemoryChanges } from './memory-changes.js';
import type { NodePools } from './node-pools.js';
import type { Regions } from './regions.js';
import type { Registration } from './registration.js';

/** Tries of unprotecting memory, which must succeed, and the pause between them. */
const MAX_TRIES = 2000;
const RETRY_PAUSE_US = 50;

export interface FolioProtectionParts extends MachineParts {
  readonly regions: Regions;
}

/**
 * Write-protects the folios of a batch in the program's range (UFFDIO_WRITEPROTECT), so that they can be copied while their
 * readers continue. UFFDIO_MOVE drops the protection. So an unmapped folio has none, wherever it is mapped later.
 *
 * An absent page cannot be protected, and reading it would make this thread wait for itself. So the page tables show which
 * pages are present *and* protected, and only those are read.
 */
export class FolioProtection implements WriteProtectPort {
  readonly #uffd: Userfaultfd;
  readonly #pagemap: Pagemap;
  readonly #pools: NodePools;
  readonly #regions: Regions;
  readonly #registration: Registration;
  readonly #tables: TablePolicy | undefined;
  readonly #changes: MemoryChanges;

  constructor({ uffd, pagemap, pools, tables, regions, registration, changes }: FolioProtectionParts) {
    this.#changes = changes;
    this.#uffd = uffd;
    this.#pagemap = pagemap;
    this.#pools = pools;
    this.#regions = regions;
    this.#registration = registration;
    this.#tables = tables;
  }

  protect(batch: Batch): void {
    const { length, page, state, dst, protection, mappedFrame } = batch;
    const base = pageOf(this.#pools.addressOf(0));
    for (let first = 0; first < length; ) {
      if (state[first] !== FOLIO_ISOLATED || dst[first] === NO_FRAME) {
        first++;
        continue;
      }
      const end = endOfRun(batch, first, (i) => state[i] === FOLIO_ISOLATED && dst[i] !== NO_FRAME);
      // Before the call, so that `unprotect` finds these folios after any error.
      protection.fill(WP_BROKEN, first, end);
      for (let i = first; i < end; i++) mappedFrame[i] = page[i]! - base;
      const address = page[first]! * PAGE_SIZE;
      const bytes = pagesOf(batch, first, end) * PAGE_SIZE;
      // The call may fail, perhaps after a part. In any case the page tables show, folio by folio, what is protected.
      if (this.#uffd.writeProtect(address, bytes, true) === -ERRNO.EAGAIN) {
        // An event is pending. The kernel does nothing until it was read.
        this.#changes.awaitEvents();
        this.#uffd.writeProtect(address, bytes, true);
      }
      if (end - first === length && batch.shape === 'run' && this.#pagemap.isProtected(address, bytes)) {
        protection.fill(WP_INTACT, 0, length);
      } else {
        this.#read(batch, first, end, WP_INTACT);
      }
      first = end;
    }
  }

  verifyProtection(batch: Batch): void {
    const all = batch.shape === 'run' && this.#isReadable(batch);
    this.#tables?.moves.knowSmall(batch.page[0]!, all ? batch.pages : 0);
    if (all) return;
    const { length, protection } = batch;
    for (let first = 0; first < length; ) {
      if (protection[first] !== WP_INTACT) {
        first++;
        continue;
      }
      const end = endOfRun(batch, first, (i) => protection[i] === WP_INTACT);
      protection.fill(WP_BROKEN, first, end);
      this.#read(batch, first, end, WP_INTACT);
      first = end;
    }
  }

  unprotect(batch: Batch): void {
    const { length, page, protection } = batch;
    for (let first = 0; first < length; ) {
      if (protection[first] === WP_NONE) {
        first++;
        continue;
      }
      const end = endOfRun(batch, first, (i) => protection[i] !== WP_NONE);
      this.#unprotectRange(page[first]! * PAGE_SIZE, pagesOf(batch, first, end) * PAGE_SIZE);
      protection.fill(WP_NONE, first, end);
      first = end;
    }
  }

  beginCutover(batch: Batch): boolean {
    const space = this.#regions.space(batch.space);
    this.#registration.awaitMissing(batch, space);
    return batch.shape === 'run' && this.#canMoveTables(batch, space);
  }

  /**
   * Whether all of a run can leave and arrive as page tables. Two calls then cut it over, and no reader waits for a part.
   */
  #canMoveTables({ page, pages, dst }: Batch, space: AddressSpace): boolean {
    if (this.#tables?.allows(space) !== true || !isWholeTables(page[0]!, pages)) return false;
    return this.#pools.shadowOf(dst[0]!)?.frameOf(page[0]!) === dst[0];
  }

  /** Whether all of a run was readable, and still is. */
  #isReadable(batch: Batch): boolean {
    const { page, pages, protection } = batch;
    if (batch.has(protection, WP_BROKEN) || batch.has(protection, WP_NONE)) return false;
    return this.#pagemap.isProtected(page[0]! * PAGE_SIZE, pages * PAGE_SIZE);
  }

  /** Sets the `protection` of each folio of a run whose pages are all present and protected to `value`. */
  #read(batch: Batch, first: number, end: number, value: number): void {
    const { page, order, protection } = batch;
    let i = first;
    this.#pagemap.protectedRanges(
      page[first]! * PAGE_SIZE,
      pagesOf(batch, first, end) * PAGE_SIZE,
      (address, bytes) => {
        const from = pageOf(address);
        const to = from + bytes / PAGE_SIZE;
        while (i < end && page[i]! < from) i++;
        while (i < end && page[i]! + (1 << order[i]!) <= to) protection[i++] = value;
      },
    );
  }

  /** A writer that finds the protection off continues. A waiting writer that is not woken would sleep forever. */
  #unprotectRange(address: number, bytes: number): void {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const error = this.#uffd.writeProtect(address, bytes, false);
      // ENOENT: a part of it is no longer our memory. The end of the registration unprotects the rest.
      if (error !== -ERRNO.EAGAIN && error !== -ERRNO.ENOMEM) break;
      libc().usleep(RETRY_PAUSE_US);
    }
    this.#uffd.wake(address, bytes);
  }
}

/** End of the run of folios from `first` on that are neighbours in the program and all `belong`. */
function endOfRun(
  { length, page, order }: Batch,
  first: number,
  belongs: (index: number) => boolean,
): number {
  let next = page[first]! + (1 << order[first]!);
  let end = first + 1;
  while (end < length && page[end] === next && belongs(end)) next += 1 << order[end++]!;
  return end;
}

function pagesOf({ page, order }: Batch, first: number, end: number): number {
  return page[end - 1]! + (1 << order[end - 1]!) - page[first]!;
}
