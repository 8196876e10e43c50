import { PAGE_SIZE, PMD_PAGES, PMD_SIZE } from '../../common/page.js';
import { copyRoutine } from '../code/copy.js';
import type { Address } from '../sys/libc.js';
import { advise, MADV_DONTNEED } from '../sys/mman.js';
import { PAGE_OCCUPIED, type Pagemap } from '../sys/pagemap.js';
import type { Remap } from '../sys/remap.js';
import { Scratch } from '../sys/scratch.js';
import type { VmaQuery } from '../sys/vma-query.js';
import {
  EVENT_TRIES,
  type OnEvent,
  UFFD_EVENT_REMAP,
  UFFD_EVENT_REMOVE,
  UFFD_EVENT_UNMAP,
  type Userfaultfd,
} from '../userfaultfd/userfaultfd.js';
import { type AddressSpace, GIVEN_BACK, GONE } from './address-space.js';

/** Tries of `awaitEvents` from one look at the ring of events to the next. */
const TRIES_AT_ONCE = 200;
/** Tries to return page tables while another thread changes memory. */
const MAX_RETURNS = 16;
/** Waits up to 10 s for the kernel's answer, because a wrong guess would do too much harm. */
const ANSWER_TRIES = 200_000;

export interface MemoryChangesParts {
  /** If it has no events, no change is known, and no call here does anything. */
  readonly uffd: Userfaultfd;
  readonly pagemap: Pagemap;
  readonly vmas: VmaQuery;
  /** Address of a page that is always absent. */
  readonly emptyPage: () => Address;
  /** Whether an address is in the ferry's own memory. */
  readonly isOwn: (address: Address) => boolean;
}

interface Range {
  readonly from: Address;
  readonly to: Address;
}

/** A part of a region that another thread has moved by mremap(2). */
interface Moved {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: number;
}

/**
 * Changes that the program makes to registered memory during its migration, from the events of the userfaultfd:
 *
 * - MADV_DONTNEED, MADV_FREE. The event comes before the kernel drops the pages. An unmapped page comes back with zeros.
 *   Another page is dropped in place, at some later time, so it is not unmapped in this migration any more.
 * - munmap(2) and other calls that unmap. The event comes afterwards. An unmapped page is dropped, and nothing of the range
 *   is touched any more, because it may belong to somebody else.
 * - mremap(2) by another thread. An unmapped page comes back at the new address.
 *
 * Each of these calls sleeps until its event was read, and until then the kernel refuses UFFDIO_MOVE (EAGAIN). Between
 * `enter` and `leave` nothing is read. So memory that was found to be the region's stays the region's. mremap(2) is not
 * refused. So memory that may be unmapped is never moved by it (AddressSpace.movable).
 */
export class MemoryChanges {
  readonly #parts: MemoryChangesParts;
  readonly #moved: Moved[] = [];
  /** The regions under migration, and those of them with a noted change. */
  readonly #spaces = new Set<AddressSpace>();
  readonly #changed = new Set<AddressSpace>();
  /** Page tables that have just moved, while events are noted that may have been read before they did. */
  #unsure: { readonly range: Range; readonly frames: Address | undefined } | undefined;
  /** The event that a call of our own causes, and the ranges for which it has not been read yet. */
  #own: { readonly event: number; left: Range[] } | undefined;
  readonly #onEvent: OnEvent = (event, first, second, third) => this.#note(event, first, second, third);
  readonly #zeros = new Scratch(PAGE_SIZE);
  readonly #bits = new Uint8Array(PMD_PAGES);
  readonly #copy = copyRoutine('checked');
  /** Whether the last `awaitEvents` waited in vain: the kernel reports a pending event that may not exist. */
  #waitedInVain = false;

  constructor(parts: MemoryChangesParts) {
    this.#parts = parts;
    parts.uffd.reader?.expectTaker(false);
  }

  /** Notes the events since the last call. */
  take(): void {
    this.#parts.uffd.takeEvents(this.#onEvent);
  }

  /** Notes every event. Until `leave`, no further event is read. */
  enter(): void {
    const { uffd } = this.#parts;
    const { reader } = uffd;
    if (reader === undefined) return;
    for (;;) {
      this.take();
      reader.lock();
      if (!uffd.hasEvents) return;
      reader.unlock();
    }
  }

  /** Notes every event so far. `take` can miss the last one: its caller may continue before it is in the ring. */
  sync(): void {
    this.enter();
    this.leave();
  }

  leave(): void {
    this.#parts.uffd.reader?.unlock();
  }

  /**
   * Like `enter`, before frames go to addresses of the program. Frames of pages that were given back are set to zeros.
   * False, without having entered, if the address of one of the pages no longer belongs to the region.
   */
  enterReturn(to: Address, frames: Address, bytes: number): boolean {
    this.enter();
    const space = this.#changedAt(to);
    if (space === undefined) return true;
    const page = to / PAGE_SIZE;
    const change = space.changeIn(page, bytes / PAGE_SIZE);
    if (change === GONE) {
      this.leave();
      return false;
    }
    if (change === GIVEN_BACK) this.#clear(space, page, frames, bytes / PAGE_SIZE);
    return true;
  }

  /** Whether a page's address no longer belongs to the region. */
  isGone(address: Address): boolean {
    return this.#changedAt(address)?.changeAt(address / PAGE_SIZE) === GONE;
  }

  /** Whether the first and the last page of a range are mapped, and registered with this userfaultfd. */
  isWatched(address: Address, bytes: number): boolean {
    const { uffd, vmas, emptyPage } = this.#parts;
    const watched = (at: Address) => vmas.endOf(at) !== 0 && uffd.isRegistered(at, emptyPage(), ANSWER_TRIES);
    return watched(address) && watched(address + bytes - PAGE_SIZE);
  }

  /**
   * Unregisters the parts of a range that are registered although the range is gone: a registration, or page tables that
   * moved, came at the moment of the change. A thread that touches such memory would wait, whoever owns it.
   */
  unregisterGone(address: Address, bytes: number): void {
    const { uffd, vmas, emptyPage } = this.#parts;
    for (let at = address; at < address + bytes; ) {
      // 0 for what this userfaultfd cannot have registered.
      const end = Math.min(Math.max(vmas.endOf(at), at + PAGE_SIZE), address + bytes);
      // A mapping is registered as a whole.
      if (uffd.isRegistered(at, emptyPage(), ANSWER_TRIES)) uffd.unregister(at, end - at);
      at = end;
    }
  }

  /** The new address of a page that is gone. 0 if it has none. */
  wentTo(address: Address): Address {
    for (const { from, to, bytes } of this.#moved) {
      if (address >= from && address < from + bytes) return to + (address - from);
    }
    return 0;
  }

  /**
   * Moves page tables of the program to their frames by mremap. Returns whether the call succeeded. Undefined, with nothing
   * done, if a change to one of their pages was noted: the kernel drops a page at an unknown time after its event, so it may
   * not leave.
   */
  moveOut(
    space: AddressSpace,
    address: Address,
    frames: Address,
    bytes: number,
    remap: Remap,
  ): boolean | undefined {
    this.enter();
    if (space.changeIn(address / PAGE_SIZE, bytes / PAGE_SIZE) !== 0) {
      this.leave();
      return undefined;
    }
    const range = { from: address, to: address + bytes };
    // Memory that somebody else has mapped there is a mapping of its own, and mremap moves only one mapping.
    return this.#moveTables(address, frames, bytes, remap, { range, frames }, () => false);
  }

  /**
   * Moves page tables from frames to addresses of the program by mremap. Returns whether the call succeeded. Undefined, with
   * nothing done, if the address of one of the pages no longer belongs to the region. Pages that were given back arrive with
   * zeros.
   */
  moveBack(frames: Address, address: Address, bytes: number, remap: Remap): boolean | undefined {
    const range = { from: address, to: address + bytes };
    for (let tries = 1; ; tries++) {
      if (!this.enterReturn(address, frames, bytes)) return undefined;
      // mremap would replace whatever is there by then.
      const mayWait = () => tries < MAX_RETURNS && this.#isChanging();
      const moved = this.#moveTables(frames, address, bytes, remap, { range, frames: undefined }, mayWait);
      if (moved !== undefined) return moved;
      this.awaitEvents(true);
    }
  }

  /** Whether another thread has changed registered memory, and its event was not read yet. The kernel knows it at once. */
  #isChanging(): boolean {
    const { uffd, emptyPage } = this.#parts;
    if (uffd.pools === undefined || this.#waitedInVain) return false;
    uffd.isRegistered(uffd.pools.address, emptyPage(), 0);
    return uffd.eventPending;
  }

  /**
   * Runs a mremap between `enter` and `leave`. mremap needs the reader, because it sleeps until its own event was read. Here
   * the reader reads only after mremap has taken effect. So another thread that gives a page back either is done before
   * `enter`, or sleeps until the page tables have moved. Then the kernel drops nothing that has left, and nothing that
   * arrives is older than what it drops.
   *
   * A thread that unmaps has done that before it sleeps. Undefined, with nothing done, if `isChanging` says that one does.
   */
  #moveTables(
    from: Address,
    to: Address,
    bytes: number,
    remap: Remap,
    unsure: { readonly range: Range; readonly frames: Address | undefined },
    isChanging: () => boolean,
  ): boolean | undefined {
    const { uffd, pagemap } = this.#parts;
    const { reader } = uffd;
    const first = this.#firstPage(from, bytes);
    // Without a page nothing moves.
    if (first !== 0) reader?.hold(pagemap, to + (first - from));
    this.leave();
    if (first !== 0 && isChanging()) {
      reader?.release();
      return undefined;
    }
    const result = this.#cause(UFFD_EVENT_UNMAP, to, bytes, () => {
      const error = remap(from, to, bytes);
      if (first !== 0 && reader?.release() === true) this.#unsure = unsure;
      return error;
    });
    this.#unsure = undefined;
    return result === 0;
  }

  /** Address of the first page of a range that is in memory or in swap. 0 if there is none. */
  #firstPage(from: Address, bytes: number): Address {
    const { pagemap } = this.#parts;
    // Mostly it is the first one.
    for (let at = from, pages = 1; at < from + bytes; at += pages * PAGE_SIZE) {
      if (at > from) pages = Math.min(PMD_PAGES, (from + bytes - at) / PAGE_SIZE);
      pagemap.read(at, pages, this.#bits);
      for (let k = 0; k < pages; k++) if ((this.#bits[k]! & PAGE_OCCUPIED) !== 0) return at + k * PAGE_SIZE;
    }
    return 0;
  }

  /** Runs a call that causes an `event` because it unmaps or drops `bytes` at `address`. That is not a change. */
  own<T>(event: number, address: Address, bytes: number, call: () => T): T {
    // First, so that the ring has room.
    this.take();
    return this.#cause(event, address, bytes, call);
  }

  /** The same, when the ring has room. */
  #cause<T>(event: number, address: Address, bytes: number, call: () => T): T {
    const { reader } = this.#parts.uffd;
    this.#own = { event, left: [{ from: address, to: address + bytes }] };
    reader?.follow();
    const result = reader === undefined ? call() : reader.whileAsleep(call);
    this.sync();
    this.#own = undefined;
    return result;
  }

  /**
   * After EAGAIN: waits until no event is pending, some 0.1 to 0.2 s. False if one still is. After such a wait the next
   * calls only query, unless `again`, until the kernel answers. Before 7.2 the kernel may report a pending event forever
   * after a failed mremap, and then every move fails, one by one.
   */
  awaitEvents(again = false): boolean {
    const { uffd, emptyPage } = this.#parts;
    if (uffd.reader === undefined || uffd.pools === undefined) return true;
    const patience = this.#waitedInVain && !again ? 0 : EVENT_TRIES;
    let settled = false;
    for (let tries = 0; tries <= patience; tries += TRIES_AT_ONCE) {
      // The reader may wait for room.
      this.take();
      settled = uffd.isRegistered(uffd.pools.address, emptyPage(), Math.min(TRIES_AT_ONCE, patience));
      this.#waitedInVain = uffd.eventPending;
      if (!uffd.eventPending) break;
    }
    return settled;
  }

  /**
   * Drops the empty page table at a page, if all its pages are unmapped and still the region's. That is an event, but not a
   * change. A 2 MiB page arrives as small ones if the table stays.
   */
  dropTable(space: AddressSpace, page: number): void {
    // Nobody might read the event.
    if (this.#parts.uffd.reader?.alive === false) return;
    // The call would drop what another thread has mapped there by now.
    if (this.#isChanging()) this.awaitEvents(true);
    this.sync();
    if (space.changeIn(page, PMD_PAGES) !== 0) return;
    const address = page * PAGE_SIZE;
    this.#cause(UFFD_EVENT_REMOVE, address, PMD_SIZE, () => advise(address, PMD_SIZE, MADV_DONTNEED));
  }

  /** Drops pages of the program on its behalf. In a registered range that is an event, but not a change. */
  discard(space: AddressSpace, address: Address, bytes: number): number {
    const { uffd } = this.#parts;
    const drop = () => advise(address, bytes, MADV_DONTNEED);
    if (!this.#spaces.has(space) || uffd.reader === undefined) return drop();
    if (uffd.reader.alive) return this.own(UFFD_EVENT_REMOVE, address, bytes, drop);
    // Nobody might read the event. Nothing is unmapped, so the range can do without its registration for the moment.
    uffd.unregister(address, bytes);
    const result = drop();
    if (uffd.register(address, bytes, space.waitMode) !== 0) space.incomplete = true;
    return result;
  }

  /** Before a region is registered: changes to it are noted from here on. */
  begin(space: AddressSpace): void {
    if (this.#spaces.size === 0) {
      // Events of before are nobody's.
      this.take();
      this.#parts.uffd.reader?.expectTaker(true);
    }
    this.#spaces.add(space);
    space.forgetChanges();
    if (space.hasChanges) this.#changed.add(space);
  }

  /**
   * After the region's migration and the end of its registration. Parts that were moved elsewhere while registered become
   * ordinary memory there.
   *
   * A thread may have begun a change while the range was registered, and its event comes only now. Nobody takes an event
   * that comes after the last migration, so the reader may not wait for room.
   */
  end(space: AddressSpace): void {
    this.awaitEvents();
    this.take();
    this.#spaces.delete(space);
    this.#changed.delete(space);
    if (this.#spaces.size === 0) this.#parts.uffd.reader?.expectTaker(false);
    for (const moved of this.#moved.splice(0)) {
      if (this.#spaces.size > 0 && !space.holds(moved.from / PAGE_SIZE)) this.#moved.push(moved);
      else this.#parts.uffd.unregister(moved.to, moved.bytes);
    }
  }

  #changedAt(address: Address): AddressSpace | undefined {
    const page = address / PAGE_SIZE;
    for (const space of this.#changed) if (space.holds(page)) return space;
    return undefined;
  }

  #note(event: number, first: Address, second: Address, third: Address): void {
    const { isOwn } = this.#parts;
    if (isOwn(first)) return;
    if (event === UFFD_EVENT_REMOVE) this.#givenBack(first, second);
    else if (event === UFFD_EVENT_UNMAP) this.#gone(first, second);
    else if (event === UFFD_EVENT_REMAP && !isOwn(second)) {
      // The new mapping has inherited the registration: a thread that touches a hole there waits until `end`.
      this.#moved.push({ from: first, to: second, bytes: third });
      this.#mark(first, first + third, GONE);
      this.#parts.uffd.wake(first, third);
    }
  }

  #givenBack(from: Address, to: Address): void {
    for (const range of this.#notOwn(UFFD_EVENT_REMOVE, { from, to })) {
      const { range: moved, frames } = this.#unsure ?? {};
      if (moved === undefined) this.#mark(range.from, range.to, GIVEN_BACK);
      else {
        for (const part of without(range, moved)) this.#mark(part.from, part.to, GIVEN_BACK);
        if (frames !== undefined) this.#markAbsent(range, moved, frames);
      }
    }
  }

  /**
   * Page tables have left, perhaps after the kernel had dropped pages of `range`. The program may have written to such a page
   * since. So only what is absent counts as given back, because a lost write is worse than old content.
   */
  #markAbsent(range: Range, moved: Range, frames: Address): void {
    const to = Math.min(range.to, moved.to);
    for (let at = Math.max(range.from, moved.from); at < to; at += PAGE_SIZE) {
      this.#parts.pagemap.read(frames + (at - moved.from), 1, this.#bits);
      if ((this.#bits[0]! & PAGE_OCCUPIED) === 0) this.#mark(at, at + PAGE_SIZE, GIVEN_BACK);
    }
  }

  /**
   * The parts of an event's range that another thread must have caused. A call of our own causes one event for each mapping
   * into which the program has split its range (mprotect, mlock), perhaps at this moment. So the first event of a page is
   * our own, and a second one is another thread's. Their order does not matter.
   */
  #notOwn(event: number, range: Range): Range[] {
    const own = this.#own;
    if (own?.event !== event) return [range];
    const rest = own.left.reduce((parts, left) => parts.flatMap((part) => without(part, left)), [range]);
    own.left = own.left.flatMap((left) => without(left, range));
    return rest;
  }

  /** A munmap that failed causes the same event, but the range is then still registered. */
  #gone(from: Address, to: Address): void {
    for (const range of this.#notOwn(UFFD_EVENT_UNMAP, { from, to })) this.#goneIn(range.from, range.to);
  }

  #goneIn(from: Address, to: Address): void {
    for (const space of this.#spaces) {
      for (const span of space.spans) {
        const first = Math.max(from, span.address);
        const end = Math.min(to, span.address + span.pages * PAGE_SIZE);
        if (first >= end || this.isWatched(first, end - first)) continue;
        space.noteChange(first / PAGE_SIZE, (end - first) / PAGE_SIZE, GONE);
        this.#changed.add(space);
        // Threads may wait there for a page.
        this.#parts.uffd.wake(first, end - first);
      }
    }
  }

  #mark(from: Address, to: Address, change: number): void {
    for (const space of this.#spaces) {
      const before = space.changes;
      space.noteChange(from / PAGE_SIZE, (to - from) / PAGE_SIZE, change);
      if (space.changes > before) this.#changed.add(space);
    }
  }

  #clear(space: AddressSpace, page: number, frames: Address, pages: number): void {
    const { pagemap } = this.#parts;
    for (let k = 0; k < pages; k++) {
      if (space.changeAt(page + k) !== GIVEN_BACK) continue;
      const frame = frames + k * PAGE_SIZE;
      // This thread must not touch a frame without a page, because it would wait for itself. The kernel writes the zeros,
      // so that a poisoned frame is an error and not a signal.
      pagemap.read(frame, 1, this.#bits);
      if ((this.#bits[0]! & PAGE_OCCUPIED) !== 0) this.#copy(frame, this.#zeros.address, PAGE_SIZE);
    }
  }
}

/** A range without another one. */
function without(range: Range, other: Range): Range[] {
  if (other.to <= range.from || other.from >= range.to) return [range];
  const parts: Range[] = [];
  if (range.from < other.from) parts.push({ from: range.from, to: other.from });
  if (other.to < range.to) parts.push({ from: other.to, to: range.to });
  return parts;
}
