import { PAGE_SIZE } from '../../common/page.js';
import { copyRoutine } from '../code/copy.js';
import type { Address } from '../sys/libc.js';
import { advise, MADV_DONTNEED } from '../sys/mman.js';
import { PAGE_OCCUPIED, type Pagemap } from '../sys/pagemap.js';
import { Scratch } from '../sys/scratch.js';
import type { VmaQuery } from '../sys/vma-query.js';
import type { EventReader } from '../userfaultfd/event-reader.js';
import {
  EVENT_TRIES,
  type OnEvent,
  UFFD_EVENT_REMAP,
  UFFD_EVENT_REMOVE,
  UFFD_EVENT_UNMAP,
  type Userfaultfd,
} from '../userfaultfd/userfaultfd.js';
import { type AddressSpace, GIVEN_BACK, GONE } from './address-space.js';

/** What is decided by the answer is too much for a guess: it is waited for, 10 s at most. */
const ANSWER_TRIES = 200_000;

export interface MemoryChangesParts {
  readonly uffd: Userfaultfd;
  readonly pagemap: Pagemap;
  readonly vmas: VmaQuery;
  /** Undefined where the userfaultfd has no events: then nothing is known, and no call here does anything. */
  readonly reader: EventReader | undefined;
  /** A page where none ever is. */
  readonly emptyPage: () => Address;
  /** Whether an address lies in memory of the ferry's own. */
  readonly isOwn: (address: Address) => boolean;
}

interface Range {
  readonly from: Address;
  readonly to: Address;
}

/** Where mremap(2) of another thread has put a part of a region. */
interface Moved {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: number;
}

/**
 * What the program does to registered memory while it is migrated, by the events of the userfaultfd:
 *
 * - MADV_DONTNEED, MADV_FREE. The event comes before the kernel drops the pages. A page that is out comes back with zeros. A
 *   page that is not out is dropped where it is, at some time from now on, so it is not taken out in this migration any more.
 * - munmap(2) and all else that unmaps. The event comes afterwards. A page that is out is dropped, and nothing of the range
 *   is touched any more: it may be somebody else's by now.
 * - mremap(2) by another thread. A page that is out comes back where the range is now.
 *
 * Each of these calls sleeps until its event was read, and until then the kernel refuses UFFDIO_MOVE (EAGAIN). So between
 * `enter` and `leave`, in which nothing is read, what was found to be the region's memory stays the region's memory. The
 * calls of mremap(2) have no such guard: memory that may be unmapped is not moved by them (AddressSpace.movable).
 */
export class MemoryChanges {
  readonly #parts: MemoryChangesParts;
  readonly #moved: Moved[] = [];
  /** The regions that are migrated, and those of them of which a change was noted. */
  readonly #spaces = new Set<AddressSpace>();
  readonly #changed = new Set<AddressSpace>();
  /** Ranges that were given back since `beginArrival`; undefined while no page tables arrive. */
  #fresh: Range[] | undefined;
  /** What an own call is told of, as far as it has not been told. */
  #own: { readonly event: number; left: Range[] } | undefined;
  readonly #onEvent: OnEvent = (event, first, second, third) => this.#note(event, first, second, third);
  readonly #zeros = new Scratch(PAGE_SIZE);
  readonly #copy = copyRoutine('checked');
  /** The last `awaitEvents` waited in vain: the kernel believes that an event is pending, and perhaps nobody has one. */
  #waitedInVain = false;
  /** Page faults that were read with events, after the reader has ended. */
  #faults: Address[] = [];

  constructor(parts: MemoryChangesParts) {
    this.#parts = parts;
    parts.uffd.makeRoom = () => this.take();
  }

  /** Notes what was told since the last call. */
  take(): void {
    const { reader, uffd } = this.#parts;
    if (reader === undefined) return;
    if (reader.hasEvents) reader.takeEvents(this.#onEvent);
    if (reader.alive) return;
    this.#faults.push(...uffd.readEvents(this.#onEvent));
  }

  /** Page faults that were read with the events. */
  takeFaults(): Address[] {
    if (this.#faults.length === 0) return this.#faults;
    const faults = this.#faults;
    this.#faults = [];
    return faults;
  }

  get onEvent(): OnEvent {
    return this.#onEvent;
  }

  /** All that was told is noted, and until `leave` nothing more is told. */
  enter(): void {
    const { reader } = this.#parts;
    if (reader === undefined) return;
    for (;;) {
      this.take();
      reader.lock();
      if (!reader.hasEvents) return;
      reader.unlock();
    }
  }

  /**
   * Notes every event so far. `take` can miss the last event: its caller may continue before the reader has put the event
   * into the ring.
   */
  sync(): void {
    this.enter();
    this.leave();
  }

  leave(): void {
    this.#parts.reader?.unlock();
  }

  /**
   * As `enter`, before frames go to addresses of the program: those of pages that were given back get zeros. False, without
   * having entered, when the address of one of the pages is not the region's any more.
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

  /** Whether a page's address is not the region's any more. */
  isGone(address: Address): boolean {
    return this.#changedAt(address)?.changeAt(address / PAGE_SIZE) === GONE;
  }

  /** Whether the first and the last page of a range are mapped, and registered with this userfaultfd. */
  isWatched(address: Address, bytes: number): boolean {
    const { uffd, vmas, emptyPage } = this.#parts;
    const watched = (at: Address) => vmas.endOf(at) !== 0 && uffd.isRegistered(at, emptyPage(), ANSWER_TRIES);
    return watched(address) && watched(address + bytes - PAGE_SIZE);
  }

  /** Where a page's address that is gone has gone to; 0: nowhere. */
  wentTo(address: Address): Address {
    for (const { from, to, bytes } of this.#moved) {
      if (address >= from && address < from + bytes) return to + (address - from);
    }
    return 0;
  }

  /**
   * Before page tables go from frames to addresses of the program by mremap, in which events are read: as `enterReturn`. What
   * is given back from here on is dropped by `arrived`.
   */
  beginArrival(to: Address, frames: Address, bytes: number): boolean {
    if (!this.enterReturn(to, frames, bytes)) return false;
    this.#fresh = [];
    this.leave();
    return true;
  }

  endArrival(): void {
    this.#fresh = undefined;
  }

  /** Page tables have arrived: what was given back meanwhile is dropped, before any thread is woken. */
  arrived(to: Address, bytes: number): void {
    this.enter();
    for (const range of this.#fresh ?? []) {
      const from = Math.max(to, range.from);
      const end = Math.min(to + bytes, range.to);
      // The range is not registered at the moment: this is no event.
      if (from < end) advise(from, end - from, MADV_DONTNEED);
    }
    this.leave();
  }

  /**
   * Makes a call that is an `event` itself, for which `bytes` from `address` on are unmapped, or dropped: that is no change.
   */
  own<T>(event: number, address: Address, bytes: number, call: () => T): T {
    // First, so that the ring has room.
    this.take();
    const { reader } = this.#parts;
    this.#own = { event, left: [{ from: address, to: address + bytes }] };
    reader?.follow();
    const result = reader === undefined ? call() : reader.whileAsleep(call);
    this.sync();
    this.#own = undefined;
    return result;
  }

  /**
   * After an answer of EAGAIN: waits until no event is pending, some 0.1 to 0.2 s. False when one is all the same. After such a
   * wait the next ones only ask, unless `again`, until the kernel answers: before 7.2 it may believe so for ever, after a mremap
   * that has failed, and then every move fails, one by one.
   */
  awaitEvents(again = false): boolean {
    const { reader, uffd, emptyPage } = this.#parts;
    if (reader === undefined || uffd.pools === undefined) return true;
    this.take();
    const patience = this.#waitedInVain && !again ? 0 : EVENT_TRIES;
    const settled = uffd.isRegistered(uffd.pools.address, emptyPage(), patience);
    this.#waitedInVain = uffd.eventPending;
    return settled;
  }

  /** Drops the emptied page tables of a range of the program, of which every page is out. That is an event, and no change. */
  dropTables(address: Address, bytes: number): void {
    // Nobody might read the event: huge pages arrive as small ones.
    if (this.#parts.reader?.alive === false) return;
    this.own(UFFD_EVENT_REMOVE, address, bytes, () => advise(address, bytes, MADV_DONTNEED));
  }

  /** Before a region is registered: what happens to it from here on is noted. */
  begin(space: AddressSpace): void {
    this.#spaces.add(space);
    space.forgetChanges();
    if (space.hasChanges) this.#changed.add(space);
  }

  /** After its migration. What has gone elsewhere with its registration is ordinary memory there. */
  end(space: AddressSpace): void {
    this.#spaces.delete(space);
    this.#changed.delete(space);
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
    }
  }

  #givenBack(from: Address, to: Address): void {
    for (const range of this.#notOwn(UFFD_EVENT_REMOVE, { from, to })) {
      this.#fresh?.push(range);
      this.#mark(range.from, range.to, GIVEN_BACK);
    }
  }

  /**
   * What of the range of an event another thread must have caused. A call of our own is told in as many events as the program
   * has split its range into mappings (mprotect, mlock), perhaps in this very moment. So each page is our own doing once, and
   * another thread's if it is told a second time: in which order makes no difference.
   */
  #notOwn(event: number, range: Range): Range[] {
    const own = this.#own;
    if (own?.event !== event) return [range];
    const rest = own.left.reduce((parts, left) => parts.flatMap((part) => without(part, left)), [range]);
    own.left = own.left.flatMap((left) => without(left, range));
    return rest;
  }

  /** A munmap that has failed says the same: the range is still registered then. */
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
    const bits = new Uint8Array(1);
    for (let k = 0; k < pages; k++) {
      if (space.changeAt(page + k) !== GIVEN_BACK) continue;
      const frame = frames + k * PAGE_SIZE;
      // This thread may not touch a frame without a page: it would wait for itself. The kernel writes the zeros: a poisoned
      // frame is an error then, and no signal.
      pagemap.read(frame, 1, bits);
      if ((bits[0]! & PAGE_OCCUPIED) !== 0) this.#copy(frame, this.#zeros.address, PAGE_SIZE);
    }
  }
}

/** What is left of a range without another. */
function without(range: Range, other: Range): Range[] {
  if (other.to <= range.from || other.from >= range.to) return [range];
  const parts: Range[] = [];
  if (range.from < other.from) parts.push({ from: range.from, to: other.from });
  if (other.to < range.to) parts.push({ from: other.to, to: range.to });
  return parts;
}
