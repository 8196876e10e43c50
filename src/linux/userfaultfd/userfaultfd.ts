import { ERRNO } from '../../common/errno.js';
import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import { isShortage, systemError } from '../../common/system-error.js';
import type { OnTouch } from '../../mm/ports/access-port.js';
import { type Address, libc } from '../sys/libc.js';
import { advise, MADV_DONTNEED } from '../sys/mman.js';
import { PAGE_OCCUPIED, type Pagemap } from '../sys/pagemap.js';
import { Scratch } from '../sys/scratch.js';
import { syscallNumbers } from '../sys/syscalls.js';
import { EventReader } from './event-reader.js';

// include/uapi/linux/userfaultfd.h
const UFFD_API = 0xaa;
const UFFD_FEATURE_PAGEFAULT_FLAG_WP = 1 << 0;
const UFFD_FEATURE_EVENT_REMAP = 1 << 2;
const UFFD_FEATURE_EVENT_REMOVE = 1 << 3;
const UFFD_FEATURE_EVENT_UNMAP = 1 << 6;
const UFFD_FEATURE_THREAD_ID = 1 << 8;
const UFFD_FEATURE_WP_UNPOPULATED = 1 << 13;
const UFFD_FEATURE_WP_ASYNC = 1 << 15;
const UFFD_FEATURE_MOVE = 1 << 16;
const UFFD_USER_MODE_ONLY = 1;
const UFFDIO_API = 0xc018aa3f;
const UFFDIO_REGISTER = 0xc020aa00;
const UFFDIO_UNREGISTER = 0x8010aa01;
const UFFDIO_WAKE = 0x8010aa02;
const UFFDIO_COPY = 0xc028aa03;
const UFFDIO_ZEROPAGE = 0xc020aa04;
const UFFDIO_MOVE = 0xc028aa05;
const UFFDIO_WRITEPROTECT = 0xc018aa06;
const UFFDIO_WRITEPROTECT_MODE_WP = 1;
const UFFDIO_REGISTER_MODE_MISSING = 1;
const UFFDIO_REGISTER_MODE_WP = 2;
const UFFDIO_MOVE_MODE_DONTWAKE = 1;
const UFFD_EVENT_PAGEFAULT = 0x12;
export const UFFD_EVENT_REMAP = 0x14;
export const UFFD_EVENT_REMOVE = 0x15;
export const UFFD_EVENT_UNMAP = 0x16;
const USERFAULTFD_IOC_NEW = 0xaa00;
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const O_RDWR = 2;

const MESSAGE_BYTES = 32;
const MESSAGES = 32;
/** Consecutive EAGAIN answers without progress, before the caller has to wait. */
const EAGAIN_LIMIT = 100;
/** Tries while an event is pending, and the pause between them: 0.1 s. */
export const EVENT_TRIES = 2000;
const EVENT_PAUSE_US = 50;
/** Pages checked at once when the kernel's answer cannot be trusted. */
const CHECK_PAGES = 512;

/** Why a thread that touches registered memory waits: for an absent page, to write to a protected one, or for both. */
export type WaitMode = 'missing' | 'protected' | 'both';

const REGISTER_MODES: Readonly<Record<WaitMode, number>> = {
  missing: UFFDIO_REGISTER_MODE_MISSING,
  protected: UFFDIO_REGISTER_MODE_WP,
  both: UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
};

/** How the descriptor was obtained. It decides what happens to a system call that accesses a page in flight. */
export type UserfaultfdAccess = 'syscall' | 'device' | 'user-mode-only';

interface Descriptor {
  readonly fd: number;
  readonly access: UserfaultfdAccess;
}

interface Opened extends Descriptor {
  readonly canWriteProtect: boolean;
  readonly reader?: EventReader | undefined;
  readonly pools?: Range;
}

interface Range {
  readonly address: Address;
  readonly bytes: number;
}

/** An event that is not a page fault, with the words of its arguments (struct uffd_msg). */
export type OnEvent = (event: number, first: Address, second: Address, third: Address) => void;

export interface UserfaultfdOptions {
  /**
   * Whether changes of a registered range are events: mremap(2), munmap(2) and other calls that unmap, MADV_DONTNEED and
   * MADV_FREE (UFFD_FEATURE_EVENT_REMAP, _UNMAP, _REMOVE). The caller sleeps until a thread reads the event, so an
   * EventReader is needed. With _REMAP the kernel moves whole page tables, and the new mapping is registered too. False by
   * default.
   */
  readonly events?: boolean;
}

/**
 * A userfaultfd with UFFDIO_MOVE (userfaultfd(2), UFFDIO_MOVE(2const); Linux 6.8).
 *
 * The descriptor is a plain number, so neither garbage collection nor the end of a thread closes it. If it were closed
 * while pages are unmapped, their waiters would read zeros. Only `close` closes it, and only its owner calls that.
 */
export class Userfaultfd {
  readonly access: UserfaultfdAccess;
  /** Whether it can write-protect on this kernel (CONFIG_HAVE_ARCH_USERFAULTFD_WP). */
  readonly canWriteProtect: boolean;
  readonly #fd: number;
  readonly #pagemap: Pagemap | undefined;
  /** The reader of its events, if it has any: see `discard`. */
  readonly reader: EventReader | undefined;
  /** The pools: memory that stays registered while its pages are discarded. */
  readonly pools: Range | undefined;
  /** Events and page faults that `makeRoom` has taken, for `takeEvents` and `resolveHoles`. */
  readonly #events: Parameters<OnEvent>[] = [];
  readonly #faults: Address[] = [];
  readonly #keep: OnEvent = (...event) => void this.#events.push(event);
  readonly #argument = new Scratch(64);
  readonly #messages = new Scratch(MESSAGE_BYTES * MESSAGES);
  readonly #sourceBits = new Uint8Array(CHECK_PAGES);
  readonly #targetBits = new Uint8Array(CHECK_PAGES);
  /** Whether the last move gave up after EAGAIN_LIMIT tries. The next one tries once, until a page moves again. */
  #stalled = false;
  /** Why the last `move` or `copyPage` stopped early, or 0. */
  errno = 0;
  /** Whether the last call of `isRegistered` got no answer. */
  eventPending = false;
  /** Number of EEXIST or ENOENT answers for pages that had moved (see `#hiddenMoves`). */
  hiddenMoves = 0;

  private constructor({ fd, access, canWriteProtect, reader, pools }: Opened, pagemap: Pagemap | undefined) {
    this.#fd = fd;
    this.reader = reader;
    this.pools = pools;
    this.access = access;
    this.canWriteProtect = canWriteProtect;
    this.#pagemap = pagemap;
  }

  /**
   * Opens a userfaultfd, by the best of the three ways that this process is permitted.
   * @throws MigrationError ENOSYS (kernel without userfaultfd or UFFDIO_MOVE), EPERM (not permitted).
   */
  static open(pagemap: Pagemap, { events = false }: UserfaultfdOptions = {}): Userfaultfd {
    return new Userfaultfd(Userfaultfd.#open(events), pagemap);
  }

  /**
   * The same, with events and a thread that reads them. On a host that refuses such a thread it has no events.
   * @param pools The memory that is to stay registered while its pages are discarded.
   */
  static openWithReader(pagemap: Pagemap, pools: Range): Userfaultfd {
    const opened = Userfaultfd.#open(true);
    const reader = EventReader.start(opened.fd);
    if (reader !== undefined) return new Userfaultfd({ ...opened, reader, pools }, pagemap);
    libc().close(opened.fd);
    return new Userfaultfd({ ...Userfaultfd.#open(false), pools }, pagemap);
  }

  static #open(events: boolean): Opened {
    // The features of a descriptor can be requested only once. Without write-protection another one is needed.
    for (const canWriteProtect of [true, false]) {
      const { fd, access } = openDescriptor();
      const error = enable(fd, featuresFor(canWriteProtect, events));
      if (error === 0) return { fd, access, canWriteProtect };
      libc().close(fd);
      if (error !== -ERRNO.EINVAL) {
        throw systemError(-error, 'cannot enable the features of the userfaultfd', {
          operation: 'openFerry',
        });
      }
    }
    throw new MigrationError('ENOSYS', 'the userfaultfd of this kernel does not support UFFDIO_MOVE', {
      operation: 'openFerry',
      advice: 'Use Linux 6.8 or later.',
    });
  }

  /**
   * Opens one whose write protection is asynchronous: the first write to a protected page removes its protection in the
   * kernel. No thread waits and nobody reads the descriptor (UFFD_FEATURE_WP_ASYNC, Linux 6.7). Closing it makes every
   * registered range ordinary memory.
   * @throws MigrationError EOPNOTSUPP on an earlier kernel; ENOSYS, EPERM, EMFILE, …
   */
  static openAsync(): Userfaultfd {
    const { fd, access } = openDescriptor();
    const error = enable(fd, UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED);
    if (error === 0) return new Userfaultfd({ fd, access, canWriteProtect: true }, undefined);
    libc().close(fd);
    throw new MigrationError(
      'EOPNOTSUPP',
      'this kernel has no asynchronous write protection (UFFD_FEATURE_WP_ASYNC)',
      {
        operation: 'heat',
        advice: 'Use Linux 6.7 or later on x64, or 6.10 or later on arm64.',
      },
    );
  }

  /** The userfaultfd of another thread, which may have ended. Without a `pagemap` it moves nothing. */
  static adopt(fd: number, pagemap: Pagemap | undefined, reader?: EventReader): Userfaultfd {
    return new Userfaultfd({ fd, access: 'syscall', canWriteProtect: false, reader }, pagemap);
  }

  /** The descriptor, for a thread that has to take it over. */
  get descriptor(): number {
    return this.#fd;
  }

  /** Registers a range, or adds a mode. Only `unregister` removes a mode. Returns 0 or a negative errno. */
  register(address: Address, bytes: number, mode: WaitMode = 'missing'): number {
    this.#argument.set64(0, address);
    this.#argument.set64(1, bytes);
    this.#argument.set64(2, REGISTER_MODES[mode]);
    return this.#call(UFFDIO_REGISTER);
  }

  /**
   * Write-protects the present pages of a range, or unprotects them and wakes waiting writers
   * (UFFDIO_WRITEPROTECT(2const)). Returns 0 or a negative errno. After an error, a part of the range may have been done.
   */
  writeProtect(address: Address, bytes: number, on: boolean): number {
    this.#argument.set64(0, address);
    this.#argument.set64(1, bytes);
    this.#argument.set64(2, on ? UFFDIO_WRITEPROTECT_MODE_WP : 0);
    return this.#call(UFFDIO_WRITEPROTECT);
  }

  /**
   * Unregisters a range and wakes the threads that wait there. Returns 0 or a negative errno.
   *
   * The kernel wakes them too, but before it locks the mapping against page faults. A thread that faults in between would
   * sleep forever (seen on 6.18, once in some 6,000 calls beside a thread that faults all the time). After the call no
   * thread can begin to wait, so a second wake-up reaches them all.
   *
   * The kernel unregisters nothing (EINVAL) if a part of the range is a file that somebody has mapped there. So the call
   * halves such a range, until only the parts that cannot be unregistered are left.
   */
  unregister(address: Address, bytes: number): number {
    const error = this.#range(UFFDIO_UNREGISTER, address, bytes);
    if (error === -ERRNO.EINVAL && bytes > PAGE_SIZE) {
      const half = Math.ceil(bytes / PAGE_SIZE / 2) * PAGE_SIZE;
      const first = this.unregister(address, half);
      const second = this.unregister(address + half, bytes - half);
      return first !== 0 ? first : second;
    }
    const woken = this.wake(address, bytes);
    return error !== 0 ? error : woken;
  }

  /**
   * Whether a page of a mapping is in a range that is registered with this userfaultfd. Also true for a page where nothing
   * is mapped. It tries a move from `empty`, which must have no page. Nothing moves, but the kernel refuses an unregistered
   * destination first. While an event is pending the kernel does not answer. Then it tries `patience` times more.
   */
  isRegistered(page: Address, empty: Address, patience: number = EVENT_TRIES): boolean {
    const argument = this.#argument;
    argument.set64(0, page);
    argument.set64(1, empty);
    argument.set64(2, PAGE_SIZE);
    argument.set64(3, UFFDIO_MOVE_MODE_DONTWAKE);
    argument.set64(4, 0);
    for (let tries = 0; ; tries++) {
      const error = this.#call(UFFDIO_MOVE);
      // EAGAIN: an event is pending. The kernel does not check the ranges before it was read.
      if (error !== -ERRNO.EAGAIN || tries === patience) {
        this.eventPending = error === -ERRNO.EAGAIN;
        return error === -ERRNO.ENOENT || error === -ERRNO.EEXIST;
      }
      if (tries < EAGAIN_LIMIT) libc().sched_yield();
      else libc().usleep(EVENT_PAUSE_US);
    }
  }

  /**
   * Frees the pages of a range of the ferry's own (MADV_DONTNEED). In a registered range that is an event. After the reader
   * has ended, nobody might read it, so the range is unregistered for that moment.
   */
  discard(address: Address, bytes: number): void {
    const { reader, pools } = this;
    if (reader === undefined) {
      advise(address, bytes, MADV_DONTNEED);
    } else if (reader.alive) {
      this.makeRoom();
      reader.follow();
      reader.whileAsleep(() => advise(address, bytes, MADV_DONTNEED));
    } else {
      this.#range(UFFDIO_UNREGISTER, address, bytes);
      advise(address, bytes, MADV_DONTNEED);
      if (pools === undefined || address < pools.address || address >= pools.address + pools.bytes) return;
      this.register(address, bytes);
    }
  }

  /** Wakes the threads that wait in a range. They retry their access. */
  wake(address: Address, bytes: number): number {
    return this.#range(UFFDIO_WAKE, address, bytes);
  }

  /**
   * Moves pages from `src` to `dst` by page-table edits and wakes the waiters at `dst`. `quiet` omits the wake-up where
   * nobody can wait (the engine's own memory).
   *
   * Returns the number of bytes that have moved, from the start. If that is not all, `errno` says why the next page has not
   * moved. Only progress counts: the kernel may report an error together with progress, or for pages that it did move.
   */
  move(dst: Address, src: Address, bytes: number, quiet: boolean): number {
    const argument = this.#argument;
    const c = libc();
    let done = 0;
    let idle = 0;
    let hidden = 0;
    this.errno = 0;
    while (done < bytes) {
      argument.set64(0, dst + done);
      argument.set64(1, src + done);
      argument.set64(2, bytes - done);
      argument.set64(3, quiet ? UFFDIO_MOVE_MODE_DONTWAKE : 0);
      argument.set64(4, 0);
      if (c.ioctl(this.#fd, UFFDIO_MOVE, argument.address) === 0) {
        done = bytes;
        this.#stalled = false;
        break;
      }
      const errno = c.errno();
      const progress = argument.get64(4);
      if (progress > 0) {
        done += progress;
        idle = 0;
        this.#stalled = false;
        continue;
      }
      if (errno === ERRNO.EAGAIN) {
        if (!this.#stalled && ++idle < EAGAIN_LIMIT) continue;
        this.#stalled = true;
      }
      if (errno === ERRNO.EEXIST || errno === ERRNO.ENOENT) {
        const pages = this.#hiddenMoves(dst + done, src + done, bytes - done);
        if (pages > 0) {
          hidden += pages;
          done += pages * PAGE_SIZE;
          continue;
        }
      }
      this.errno = errno;
      break;
    }
    if (hidden > 0) {
      this.hiddenMoves++;
      // Such a move wakes nobody. A thread that waits there would sleep forever.
      if (!quiet) this.wake(dst, bytes);
    }
    return done;
  }

  /**
   * Moves pages of the ferry's own, quietly. While an event is pending the kernel moves nothing (EAGAIN), and this call
   * waits until it was read. Not for use where nobody may read (`MemoryChanges.enter`).
   */
  moveOwn(dst: Address, src: Address, bytes: number): number {
    let done = this.move(dst, src, bytes, true);
    for (let tries = 0; done < bytes && this.errno === ERRNO.EAGAIN && tries < EVENT_TRIES; tries++) {
      this.makeRoom();
      if (tries < EAGAIN_LIMIT) libc().sched_yield();
      else libc().usleep(EVENT_PAUSE_US);
      done += this.move(dst + done, src + done, bytes - done, true);
    }
    return done;
  }

  /** Copies one page from `src` into a hole at `dst` (UFFDIO_COPY). Returns 0 or a negative errno. */
  copyPage(dst: Address, src: Address): number {
    const argument = this.#argument;
    argument.set64(0, dst);
    argument.set64(1, src);
    argument.set64(2, PAGE_SIZE);
    argument.set64(3, 0);
    argument.set64(4, 0);
    return this.#call(UFFDIO_COPY);
  }

  /**
   * Gives zeros to every thread that waits for a page that never existed. A thread that waits for a page (by number) that
   * `isOut` is woken when the page comes back.
   *
   * With a `reader` the faults come from its ring. After the reader has ended, they also come from the descriptor. `onOut` is
   * called for each thread that waits for such a page.
   */
  resolveHoles(
    isOut: (page: number) => boolean,
    reader: EventReader | undefined = this.reader,
    onOut?: OnTouch,
  ): void {
    const resolve = (address: Address, write = false, tid = 0): void => {
      const page = Math.floor(address / PAGE_SIZE);
      if (!isOut(page)) this.#zeroPage(page * PAGE_SIZE);
      else onOut?.(page, write, tid);
    };
    // Checked before the ring is read: a reader that has ended has written all its faults to the ring.
    const served = reader?.alive === true;
    for (const address of this.#faults.splice(0)) resolve(address);
    reader?.takeFaults(resolve);
    if (!served) this.#readMessages(resolve, this.#keep);
  }

  /** Whether there are events for `takeEvents`. After the reader has ended, only a call of `takeEvents` shows it. */
  get hasEvents(): boolean {
    return this.#events.length > 0 || this.reader?.hasEvents === true;
  }

  /** Calls `each` for every event so far, in their order. By the thread that owns the pages only. */
  takeEvents(each: OnEvent): void {
    this.makeRoom();
    for (const event of this.#events.splice(0)) each(...event);
  }

  /**
   * Makes room in the reader's ring, for an event that a call of this thread will cause. The events so far are kept for
   * `takeEvents`. After the reader has ended they are read here, and page faults among them are kept for `resolveHoles`.
   */
  makeRoom(): void {
    const { reader } = this;
    if (reader === undefined) return;
    if (reader.hasEvents) reader.takeEvents(this.#keep);
    if (!reader.alive) this.#readMessages((address) => void this.#faults.push(address), this.#keep);
  }

  /**
   * Reads every message and drops it. A thread that sleeps in mremap until its event is read continues. A thread that
   * waits in a page fault does not: the caller must bring its page back, or unregister the range.
   */
  discardMessages(): void {
    this.#readMessages(() => {});
  }

  /**
   * Reads every message in the place of a reader that has ended. A thread that sleeps in mremap until its event is read
   * continues. A thread that waits in a page fault faults again, so that the owner of the pages still finds its message.
   */
  readForOwner(onEvent: OnEvent): void {
    const pages: Address[] = [];
    this.#readMessages((address) => void pages.push(Math.floor(address / PAGE_SIZE) * PAGE_SIZE), onEvent);
    // Only now: a woken thread queues its message again, and the reading would not end.
    for (const page of pages) this.wake(page, PAGE_SIZE);
  }

  close(): void {
    libc().close(this.#fd);
  }

  #readMessages(onFault: (address: Address) => void, onEvent?: OnEvent): void {
    const c = libc();
    const messages = this.#messages;
    for (;;) {
      const bytes = c.read(this.#fd, messages.address, MESSAGE_BYTES * MESSAGES);
      if (bytes <= 0) return;
      for (let i = 0; i < bytes / MESSAGE_BYTES; i++) {
        const event = messages.u32[i * 8]! & 0xff;
        if (event === UFFD_EVENT_PAGEFAULT) onFault(messages.get64(i * 4 + 2));
        else
          onEvent?.(event, messages.get64(i * 4 + 1), messages.get64(i * 4 + 2), messages.get64(i * 4 + 3));
      }
    }
  }

  #zeroPage(page: Address): void {
    const argument = this.#argument;
    argument.set64(0, page);
    argument.set64(1, PAGE_SIZE);
    argument.set64(2, 0);
    argument.set64(3, 0);
    // EEXIST: the page came back in the meantime. The waiter may already be awake. Another wake-up does no harm.
    if (this.#call(UFFDIO_ZEROPAGE) !== 0) this.wake(page, PAGE_SIZE);
  }

  /**
   * Kernels around 6.18 can return EEXIST (or ENOENT) although pages have moved: an internal retry keeps the error of the
   * first try. The page tables are right: a page that is absent at the source and present at the destination has moved.
   * Returns how many pages have moved, from the start of the range.
   */
  #hiddenMoves(dst: Address, src: Address, bytes: number): number {
    const total = bytes / PAGE_SIZE;
    let moved = 0;
    while (moved < total) {
      const count = Math.min(CHECK_PAGES, total - moved);
      this.#pagemap?.read(src + moved * PAGE_SIZE, count, this.#sourceBits);
      this.#pagemap?.read(dst + moved * PAGE_SIZE, count, this.#targetBits);
      let i = 0;
      while (
        i < count &&
        (this.#sourceBits[i]! & PAGE_OCCUPIED) === 0 &&
        (this.#targetBits[i]! & PAGE_OCCUPIED) !== 0
      ) {
        i++;
      }
      moved += i;
      if (i < count) break;
    }
    return moved;
  }

  #range(request: number, address: Address, bytes: number): number {
    this.#argument.set64(0, address);
    this.#argument.set64(1, bytes);
    return this.#call(request);
  }

  #call(request: number): number {
    const c = libc();
    return c.ioctl(this.#fd, request, this.#argument.address) === 0 ? 0 : -c.errno();
  }
}

function featuresFor(writeProtect: boolean, events: boolean): number {
  return (
    UFFD_FEATURE_MOVE |
    UFFD_FEATURE_THREAD_ID |
    (writeProtect ? UFFD_FEATURE_PAGEFAULT_FLAG_WP : 0) |
    (events ? UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_UNMAP : 0)
  );
}

/** The handshake (UFFDIO_API(2const)). Returns 0 or a negative errno: -EINVAL if the kernel lacks a requested feature. */
function enable(fd: number, features: number): number {
  const argument = new Scratch(24);
  argument.set64(0, UFFD_API);
  argument.set64(1, features);
  argument.set64(2, 0);
  return libc().ioctl(fd, UFFDIO_API, argument.address) === 0 ? 0 : -libc().errno();
}

/**
 * The features that the kernel reports, beyond UFFD_FEATURE_MOVE of Linux 6.8, by their bits. The handshake without a
 * request returns them all.
 * @throws MigrationError ENOSYS, EPERM, EMFILE, …
 */
export function laterFeatures(): number[] {
  const { fd } = openDescriptor();
  const argument = new Scratch(24);
  argument.set64(0, UFFD_API);
  libc().ioctl(fd, UFFDIO_API, argument.address);
  libc().close(fd);
  const [low, high] = [argument.u32[2]!, argument.u32[3]!];
  return Array.from({ length: 64 }, (_, bit) => bit).filter(
    (bit) => 2 ** bit > UFFD_FEATURE_MOVE && ((bit < 32 ? low : high) & (1 << (bit % 32))) !== 0,
  );
}

/** @throws MigrationError for an errno that is not about permissions: no other way would help. */
function checkResources(errno: number): void {
  if (!isShortage(errno)) return;
  throw systemError(errno, 'cannot create a userfaultfd', { operation: 'openFerry' });
}

/**
 * Opens a userfaultfd without features, by the best of the three ways that this process is permitted.
 * @throws MigrationError ENOSYS, EPERM, EMFILE, …
 */
function openDescriptor(): Descriptor {
  const c = libc();
  const { userfaultfd } = syscallNumbers();
  const full = c.syscall(userfaultfd, O_CLOEXEC | O_NONBLOCK, 0, 0, 0, 0, 0);
  if (full >= 0) return { fd: full, access: 'syscall' };
  const refused = c.errno();
  checkResources(refused);
  const device = c.open('/dev/userfaultfd', O_RDWR | O_CLOEXEC);
  if (device >= 0) {
    const fd = c.ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
    const errno = c.errno();
    c.close(device);
    if (fd >= 0) return { fd, access: 'device' };
    checkResources(errno);
  } else {
    checkResources(c.errno());
  }
  const limited = c.syscall(userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY, 0, 0, 0, 0, 0);
  if (limited >= 0) return { fd: limited, access: 'user-mode-only' };
  checkResources(c.errno());
  if (refused === ERRNO.ENOSYS) {
    throw new MigrationError('ENOSYS', 'this kernel does not support userfaultfd', {
      operation: 'openFerry',
      advice: 'Use a kernel with CONFIG_USERFAULTFD, Linux 6.8 or later.',
    });
  }
  if (refused !== ERRNO.EPERM) {
    throw systemError(refused, 'cannot create a userfaultfd', { operation: 'openFerry' });
  }
  throw new MigrationError(refused, 'this process has no permission to create a userfaultfd', {
    operation: 'openFerry',
    advice:
      'Run as root or with CAP_SYS_PTRACE, run `sysctl vm.unprivileged_userfaultfd=1`, or give this user ' +
      'read and write access to /dev/userfaultfd. In a container, the seccomp profile must also allow the call.',
  });
}
