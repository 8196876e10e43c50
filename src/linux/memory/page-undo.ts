import { ERRNO } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import { type Address, libc } from '../sys/libc.js';
import { PAGE_OCCUPIED, type Pagemap } from '../sys/pagemap.js';
import type { Userfaultfd } from '../userfaultfd/userfaultfd.js';
import type { MemoryChanges } from './memory-changes.js';
import { undoByMapping } from './undo-by-mapping.js';

/** Tries of a move that must succeed, and the pause between them, before another way is taken. */
const MAX_TRIES = 2000;
const RETRY_PAUSE_US = 50;
/** Number of waits for events, some 0.1 to 0.2 s each, after which the userfaultfd is assumed to refuse everything. */
const MAX_WAITS = 4;

/**
 * Moves into the program's range, where a failure would leave a page unmapped. It waits for conditions that can pass. If a
 * page itself cannot return, its content is copied.
 */
export class PageUndo {
  readonly #uffd: Userfaultfd;
  readonly #pagemap: Pagemap;
  /** Whether the userfaultfd has answered EAGAIN to every try, and to every move since. */
  #refuses = false;

  readonly #changes: MemoryChanges | undefined;

  /** @param changes The program's changes to its memory. A rescuer does not know them. */
  constructor(uffd: Userfaultfd, pagemap: Pagemap, changes?: MemoryChanges) {
    this.#changes = changes;
    this.#uffd = uffd;
    this.#pagemap = pagemap;
  }

  /**
   * Moves pages, and waits for conditions that can pass. Returns the bytes moved. Pages that the program has given back
   * arrive with zeros. ESTALE: the address of one of the pages no longer belongs to the region.
   */
  moveUntilDone(dst: Address, src: Address, bytes: number): number {
    let done = 0;
    let waits = 0;
    for (let tries = 0; ; tries++) {
      if (this.#changes?.enterReturn(dst + done, src + done, bytes - done) === false) {
        this.#uffd.errno = ERRNO.ESTALE;
        return done;
      }
      done += this.#uffd.move(dst + done, src + done, bytes - done, false);
      this.#changes?.leave();
      const { errno } = this.#uffd;
      if (done === bytes) {
        this.#refuses = false;
        return done;
      }
      const passing = errno === ERRNO.EAGAIN || errno === ERRNO.EBUSY || errno === ERRNO.ENOMEM;
      if (!passing || this.#refuses || tries === MAX_TRIES) {
        this.#refuses = errno === ERRNO.EAGAIN;
        return done;
      }
      // Each wait is long enough to read an event. After some waits the kernel must refuse for another reason.
      if (errno === ERRNO.EAGAIN && this.#changes?.awaitEvents(true) === false && ++waits === MAX_WAITS) {
        this.#refuses = true;
        return done;
      }
      if (tries > 3) libc().usleep(RETRY_PAUSE_US);
    }
  }

  /**
   * Returns content from frames of a pool to its address in the program. If the pages cannot return, their content is
   * copied into new ones there. Parts of the range that no longer belong to the region are dropped, or brought to their new
   * address.
   * @throws MigrationError EIO if the userfaultfd moves no page any more. The pages are back then, and the machine has to
   * be closed. Another error: a page is not back, and its frame and the journal keep it.
   */
  undo(address: Address, frames: Address, pages: number): void {
    if (this.salvage(address, frames, pages) > 0) {
      throw new MigrationError('EIO', 'the userfaultfd returns EAGAIN and no longer moves pages', {
        operation: 'migrate',
        advice: 'Close the ferry and open a new one. `pageferry doctor` lists the faults of this kernel.',
      });
    }
  }

  /** Like `undo`, for a machine that is being closed anyway. Returns the number of pages that came back by mremap(2). */
  salvage(address: Address, frames: Address, pages: number): number {
    let moved = this.moveUntilDone(address, frames, pages * PAGE_SIZE) / PAGE_SIZE;
    if (moved < pages && this.#uffd.errno === ERRNO.ESTALE) {
      return this.#salvageParts(address + moved * PAGE_SIZE, frames + moved * PAGE_SIZE, pages - moved);
    }
    if (this.#refuses) {
      const rest = pages - moved;
      const remapped = undoByMapping(
        this.#uffd,
        this.#pagemap,
        address + moved * PAGE_SIZE,
        frames + moved * PAGE_SIZE,
        rest,
      );
      if (remapped === rest) return remapped;
      this.#copyRest(address, frames, moved, pages);
      return remapped;
    }
    // Across two mappings of the program: page by page.
    const acrossMappings = this.#uffd.errno === ERRNO.EINVAL;
    while (acrossMappings && moved < pages) {
      const to = address + moved * PAGE_SIZE;
      if (this.moveUntilDone(to, frames + moved * PAGE_SIZE, PAGE_SIZE) === 0) break;
      moved++;
    }
    this.#copyRest(address, frames, moved, pages);
    return 0;
  }

  /** Copies the pages of a run that are still in their frames, from index `from` on. */
  #copyRest(address: Address, frames: Address, from: number, pages: number): void {
    const bits = new Uint8Array(1);
    for (let k = from; k < pages; k++) {
      // A frame without a page must not be touched: this thread would wait for itself.
      this.#pagemap.read(frames + k * PAGE_SIZE, 1, bits);
      if ((bits[0]! & PAGE_OCCUPIED) === 0) continue;
      const error = this.#hasArrived(address + k * PAGE_SIZE)
        ? -ERRNO.EEXIST
        : this.#undoByCopy(address + k * PAGE_SIZE, frames + k * PAGE_SIZE);
      // ENOENT: the program has unmapped its memory, so nobody needs the page. Otherwise the frame, which the journal
      // names, keeps the only copy.
      if (error === 0 || error === -ERRNO.ENOENT || error === -ERRNO.EEXIST) {
        this.#uffd.discard(frames + k * PAGE_SIZE, PAGE_SIZE);
      } else {
        throw new MigrationError(-error, 'a page could not be returned to its address', {
          operation: 'migrate',
          advice: 'This is a bug. Please report it.',
        });
      }
    }
  }

  /** A userfaultfd that refuses everything does not report EEXIST. */
  #hasArrived(page: Address): boolean {
    if (!this.#refuses) return false;
    const bits = new Uint8Array(1);
    this.#pagemap.read(page, 1, bits);
    return (bits[0]! & PAGE_OCCUPIED) !== 0;
  }

  /** Like `salvage`, if a part of the range no longer belongs to the region. */
  #salvageParts(address: Address, frames: Address, pages: number): number {
    let remapped = 0;
    const changes = this.#changes!;
    for (let first = 0; first < pages; ) {
      const gone = changes.isGone(address + first * PAGE_SIZE);
      const to = changes.wentTo(address + first * PAGE_SIZE);
      let end = first + 1;
      while (
        end < pages &&
        changes.isGone(address + end * PAGE_SIZE) === gone &&
        changes.wentTo(address + end * PAGE_SIZE) === (to === 0 ? 0 : to + (end - first) * PAGE_SIZE)
      ) {
        end++;
      }
      const from = frames + first * PAGE_SIZE;
      if (!gone) remapped += this.salvage(address + first * PAGE_SIZE, from, end - first);
      else if (to !== 0) remapped += this.salvage(to, from, end - first);
      else this.#uffd.discard(from, (end - first) * PAGE_SIZE);
      first = end;
    }
    return remapped;
  }

  #undoByCopy(page: Address, frame: Address): number {
    for (let tries = 0; ; tries++) {
      const error = this.#uffd.copyPage(page, frame);
      const passing = error === -ERRNO.EAGAIN || error === -ERRNO.ENOMEM;
      if (!passing || this.#refuses || tries === MAX_TRIES) return error;
      libc().usleep(RETRY_PAUSE_US);
    }
  }
}
