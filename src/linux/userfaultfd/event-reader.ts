import { machineCode } from '../code/machine-code.js';
import { Futex } from '../sys/futex.js';
import { type Address, libc } from '../sys/libc.js';
import { advise, MADV_POPULATE_WRITE } from '../sys/mman.js';
import type { Pagemap } from '../sys/pagemap.js';
import { Scratch } from '../sys/scratch.js';
import { syscallNumbers } from '../sys/syscalls.js';
import { raisePriority } from '../sys/thread-priority.js';
import { waitWhile } from '../sys/wait-word.js';
import { getWords64, setWords64 } from '../sys/words64.js';
import { EVENT_READER_ARM64, EVENT_READER_X64 } from './event-reader-code.js';

// Byte offsets in the block (event-reader-code.ts).
const STATE = 0;
const COMMAND = 4;
const USERFAULTFD = 8;
const EVENTFD = 16;
const TID = 24;
const EVENTS = 32;
const HEAD = 40;
const TAIL = 48;
const CAPACITY = 56;
const OVERFLOWS = 64;
const SIGNAL_MASK = 88;
const POLL_USERFAULTFD = 112;
const POLL_EVENTFD = 120;
const LOCK = 640;
const OWN = 644;
const LOST = 648;
const EVENT_HEAD = 652;
const EVENT_TAIL = 656;
const HOLD = 664;
const HELD_ENTRY = 672;
const PAGE_MAP = 680;
const TRIES = 688;
const GAVE_UP = 692;
const WAITING = 696;
const EVENT_RING = 704;
const EVENT_CAPACITY = 1024;
const EVENT_WORDS = 8;
const RING = EVENT_RING + EVENT_CAPACITY * EVENT_WORDS * 4;
const FAULT_BYTES = 16;

// STATE. 0: the thread has not run yet.
const RUNNING = 1;
const ENDED = 2;
// COMMAND. 0: continue.
const END = 1;

// include/uapi/asm-generic/poll.h: POLLIN as the `events` half of the second word of a struct pollfd
const POLLIN = 1;
// include/uapi/linux/eventfd.h
const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
// include/uapi/asm-generic/mman-common.h and mman.h
const PROT_READ_WRITE = 0x3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
/** PTHREAD_CREATE_DETACHED of <pthread.h>, in glibc and in musl. */
const DETACHED = 1;
/** sizeof(pthread_attr_t) is at most 64, in glibc (arm64) and in musl. */
const ATTRIBUTES_BYTES = 64;
const STACK_BYTES = 256 * 1024;
const PAGE_BYTES = 4096;
/** Bytes of a CPU mask for 8,192 CPUs, the maximum of the kernel's CONFIG_NR_CPUS. */
const CPU_MASK_BYTES = 1024;

/** Default number of addresses in the ring: more than the threads of most processes. */
const RING_CAPACITY = 4096;
/** The thread may take at least 2 s to start or to end. It has little to do, but the host may be busy. */
const PATIENCE_STEP_US = 50;
const PATIENCE_STEPS = 40_000;
/** Looks of a reader that is held, of some 70 us each with the pause between them: about 1 s. */
const HOLD_TRIES = 15_000;

/** A page fault for a write. include/uapi/linux/userfaultfd.h: UFFD_PAGEFAULT_FLAG_WRITE */
const FAULT_WRITE = 1;
/** The flags of a fault share a word with its address. */
const FLAG_BITS = 3;

/** A thread waits in a page fault at `address`, for a write or a read. `tid` is the kernel's number of the thread. */
export type OnFault = (address: Address, write: boolean, tid: number) => void;

/**
 * A thread that reads a userfaultfd's messages and runs no JavaScript. A thread that calls mremap(2) on a registered range
 * sleeps until the event has been read (UFFD_FEATURE_EVENT_REMAP). So the reader must not end with a worker, wait for a
 * garbage collection, or touch program memory. It is machine code (event-reader-code.ts).
 *
 * The reader keeps page faults for `takeFaults`. While it runs, no other thread may rely on read(2) of the descriptor.
 */
export class EventReader {
  /** Address of its block, for `adopt` in another thread and for the journal. */
  readonly block: Address;
  #words: Int32Array;
  readonly #futex = new Futex();
  readonly #cpuMask = new Scratch(CPU_MASK_BYTES);
  #cpu = -1;
  #forgotten = false;

  private constructor(block: Address, words: Int32Array) {
    this.block = block;
    this.#words = words;
  }

  /**
   * Starts the thread. `capacity` is the number of page faults that the ring holds, a power of two. When the ring is full,
   * the reader wakes a waiting thread, which faults again. So no fault is lost.
   *
   * Returns undefined if the system does not permit executable memory, or refuses a thread or a descriptor.
   */
  static start(userfaultfd: number, capacity: number = RING_CAPACITY): EventReader | undefined {
    const routine = eventReaderRoutine();
    if (routine === undefined) return undefined;
    const c = libc();
    const bytes = blockBytes(capacity);
    const block = c.mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (block > Number.MAX_SAFE_INTEGER) return undefined;
    const eventfd = c.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (eventfd < 0) {
      c.munmap(block, bytes);
      return undefined;
    }
    advise(block, bytes, MADV_POPULATE_WRITE);
    const reader = new EventReader(block, new Int32Array(c.view(block, bytes)));
    reader.#prepare(userfaultfd, eventfd, capacity);
    if (!startThread(routine, block)) {
      c.close(eventfd);
      reader.#forget();
      return undefined;
    }
    if (!reader.#waitFor(() => reader.#state !== 0)) {
      // The thread may start later. It then ends at once.
      reader.#askToEnd();
      return undefined;
    }
    // Other threads sleep until it is done. Where this is refused, they sleep for longer.
    raisePriority(reader.tid);
    return reader;
  }

  /** The reader with this `block`, from another thread of this process. After `end` by one holder no other may use it. */
  static adopt(block: Address): EventReader {
    const { view } = libc();
    const header = new Int32Array(view(block, RING));
    const bytes = blockBytes(getWords64(header, CAPACITY / 4));
    return new EventReader(block, new Int32Array(view(block, bytes)));
  }

  /** Whether the thread reads. False after `end`, and after an error of the userfaultfd (EBADF once it is closed). */
  get alive(): boolean {
    return this.#state === RUNNING;
  }

  /** The kernel's number of the thread. */
  get tid(): number {
    return getWords64(this.#words, TID / 4);
  }

  /** Events read that were not page faults. The count rises a moment after the caller of mremap continues. */
  get events(): number {
    return getWords64(this.#words, EVENTS / 4);
  }

  /** Page faults that found the ring full, so that their threads had to fault again. */
  get overflows(): number {
    return getWords64(this.#words, OVERFLOWS / 4);
  }

  /** Events for which the ring had no room. While a taker is expected and awake, none is lost: see `whileAsleep`. */
  get lost(): number {
    return Atomics.load(this.#words, LOST / 4);
  }

  /** Whether there are events that were read and not taken. */
  get hasEvents(): boolean {
    return Atomics.load(this.#words, EVENT_HEAD / 4) !== this.#words[EVENT_TAIL / 4]!;
  }

  /** Calls `each` for every event that was read and not yet taken, with the words of its arguments. By one thread only. */
  takeEvents(each: (event: number, first: Address, second: Address, third: Address) => void): void {
    const words = this.#words;
    while (this.hasEvents) {
      const tail = words[EVENT_TAIL / 4]!;
      const at = EVENT_RING / 4 + (tail & (EVENT_CAPACITY - 1)) * EVENT_WORDS;
      const event = words[at]! & 0xff;
      const [first, second, third] = [2, 4, 6].map((word) => getWords64(words, at + word));
      Atomics.store(words, EVENT_TAIL / 4, (tail + 1) | 0);
      each(event, first!, second!, third!);
    }
  }

  /** Puts an event where the reader would have put it. Only with the lock, and only after the reader has ended. */
  put(event: number, first: Address, second: Address, third: Address): void {
    const words = this.#words;
    const head = words[EVENT_HEAD / 4]!;
    if (((head - Atomics.load(words, EVENT_TAIL / 4)) | 0) >= EVENT_CAPACITY) {
      Atomics.add(words, LOST / 4, 1);
      return;
    }
    const at = EVENT_RING / 4 + (head & (EVENT_CAPACITY - 1)) * EVENT_WORDS;
    words[at] = event;
    for (const [i, value] of [first, second, third].entries()) setWords64(words, at + 2 + i * 2, value);
    Atomics.store(words, EVENT_HEAD / 4, (head + 1) | 0);
  }

  /**
   * Keeps the reader from reading until `unlock`. So no thread with a pending event continues: its change stays as it is,
   * and the kernel refuses to move pages (EAGAIN). The caller must not cause an event itself. The reader can end without
   * the lock.
   */
  lock(): void {
    while (!this.tryLock()) libc().sched_yield();
  }

  /** The same, if the lock is free. */
  tryLock(): boolean {
    return Atomics.compareExchange(this.#words, LOCK / 4, 0, 1) === 0;
  }

  unlock(): void {
    Atomics.store(this.#words, LOCK / 4, 0);
  }

  /**
   * Runs a call that causes an event, by the thread that takes events. That thread sleeps until its event is read, so the
   * reader must not wait for it to make room.
   */
  whileAsleep<T>(call: () => T): T {
    const before = Atomics.exchange(this.#words, OWN / 4, 1);
    try {
      return call();
    } finally {
      Atomics.store(this.#words, OWN / 4, before);
    }
  }

  /**
   * Whether a thread takes events, as it does from the start. While none does, the reader drops the events for which it has
   * no room. Otherwise it would wait for room, and whoever causes an event would sleep forever.
   */
  expectTaker(expected: boolean): void {
    Atomics.store(this.#words, OWN / 4, expected ? 0 : 1);
  }

  /**
   * Keeps the reader from reading until the page at an address is in memory or in swap, or until `release`. Only with the
   * lock, and before a call that brings the page there. So whoever causes an event before that call takes effect sleeps
   * until it has.
   */
  hold(pagemap: Pagemap, address: Address): void {
    const words = this.#words;
    setWords64(words, PAGE_MAP / 4, pagemap.descriptor);
    words.fill(0, HELD_ENTRY / 4, HELD_ENTRY / 4 + 2);
    words[TRIES / 4] = HOLD_TRIES;
    words[GAVE_UP / 4] = 0;
    setWords64(words, HOLD / 4, pagemap.offsetOf(address));
  }

  /**
   * Ends `hold`. True if events may have been read before the page was there: the reader has waited about 1 s in vain, or it
   * is not alive.
   */
  release(): boolean {
    this.lock();
    const words = this.#words;
    const gaveUp = words[GAVE_UP / 4] !== 0;
    words[GAVE_UP / 4] = 0;
    setWords64(words, HOLD / 4, 0);
    this.unlock();
    return gaveUp || !this.alive;
  }

  /** Called after the end of the thread that takes events: releases its lock, and the reader waits for nobody. */
  abandon(): void {
    this.expectTaker(false);
    setWords64(this.#words, HOLD / 4, 0);
    this.unlock();
  }

  /** Calls `each` for every page fault that was read and not yet taken. By one thread only. */
  takeFaults(each: OnFault): void {
    const words = this.#words;
    const mask = getWords64(words, CAPACITY / 4) - 1;
    const head = Atomics.load(words, HEAD / 4);
    let tail = words[TAIL / 4]!;
    while (tail !== head) {
      const at = (RING + (tail & mask) * FAULT_BYTES) / 4;
      const flags = words[at]! & ((1 << FLAG_BITS) - 1);
      const address = getWords64(words, at) - flags;
      const tid = words[at + 2]!;
      tail = (tail + 1) | 0;
      // One at a time: an error from `each` loses one fault and not the rest.
      Atomics.store(words, TAIL / 4, tail);
      each(address, (flags & FAULT_WRITE) !== 0, tid);
    }
  }

  /** Sleeps until there is a page fault to take, for `nanoseconds` at most. By the thread that takes faults. */
  awaitFault(nanoseconds: number): void {
    waitWhile(
      this.#words,
      HEAD / 4,
      this.#words[TAIL / 4]!,
      WAITING / 4,
      nanoseconds,
      this.#futex,
      this.block,
    );
  }

  /**
   * Binds the reader to the CPU that the caller runs on. Call it before mremap(2): the caller sleeps while the reader
   * reads, so the reader takes no time from it. Waking a thread on the same CPU costs a call 4 us instead of 20 to 70
   * (measured on a virtual machine with 2 CPUs). Errors are ignored.
   */
  follow(): void {
    const c = libc();
    const cpu = c.sched_getcpu();
    if (cpu === this.#cpu || cpu < 0 || cpu >= CPU_MASK_BYTES * 8 || !this.alive) return;
    const mask = this.#cpuMask;
    if (this.#cpu >= 0) mask.u32[this.#cpu >>> 5] = 0;
    mask.u32[cpu >>> 5] = 1 << (cpu & 31);
    this.#cpu = cpu;
    c.syscall(syscallNumbers().sched_setaffinity, this.tid, CPU_MASK_BYTES, mask.address, 0, 0, 0);
  }

  /**
   * Ends the thread, waits for its end, and frees its memory. No thread may sleep in mremap(2). Faults that were not taken
   * can still be taken. Returns false if the thread does not end in time; its memory then stays.
   */
  end(): boolean {
    if (!this.stop()) return false;
    this.#forget();
    return true;
  }

  /** The same, but the block stays mapped for other holders of this reader. */
  stop(): boolean {
    if (this.#eventfd < 0) return true;
    if (!this.endUnnoticed()) return false;
    const eventfd = Atomics.exchange(this.#words, EVENTFD / 4, -1);
    if (eventfd >= 0) libc().close(eventfd);
    return true;
  }

  /**
   * For fault injection: ends the thread as a failure would. From then on a caller of mremap(2) sleeps until another thread
   * reads the event. Returns false if the thread does not end in time.
   */
  endUnnoticed(): boolean {
    this.#askToEnd();
    return this.#waitFor(() => this.#state === ENDED);
  }

  get #state(): number {
    return Atomics.load(this.#words, STATE / 4);
  }

  get #eventfd(): number {
    return this.#words[EVENTFD / 4]!;
  }

  #prepare(userfaultfd: number, eventfd: number, capacity: number): void {
    const words = this.#words;
    setWords64(words, USERFAULTFD / 4, userfaultfd);
    setWords64(words, EVENTFD / 4, eventfd);
    setWords64(words, CAPACITY / 4, capacity);
    words[POLL_USERFAULTFD / 4] = userfaultfd;
    words[POLL_USERFAULTFD / 4 + 1] = POLLIN;
    words[POLL_EVENTFD / 4] = eventfd;
    words[POLL_EVENTFD / 4 + 1] = POLLIN;
    // Bit n - 1 is signal n. Signals 32 to sigrtmin - 1 stay open: the C library uses them itself, and setuid(3) waits
    // until each thread has handled one (nptl(7)).
    words[SIGNAL_MASK / 4] = 0x7fff_ffff;
    words[SIGNAL_MASK / 4 + 1] = -1 << (libc().sigrtmin() - 33);
  }

  #askToEnd(): void {
    Atomics.store(this.#words, COMMAND / 4, END);
    const one = new Scratch(8);
    one.set64(0, 1);
    libc().write(this.#eventfd, one.address, one.u32.byteLength);
  }

  #waitFor(reached: () => boolean): boolean {
    const { usleep } = libc();
    for (let step = 0; step < PATIENCE_STEPS; step++) {
      if (reached()) return true;
      usleep(PATIENCE_STEP_US);
    }
    return reached();
  }

  /** Unmaps the block of an ended thread. Its content stays readable in a copy. */
  #forget(): void {
    if (this.#forgotten) return;
    this.#forgotten = true;
    const { byteLength } = this.#words;
    this.#words = this.#words.slice();
    libc().munmap(this.block, byteLength);
  }
}

/** Address of `void *reader(block *)`. Undefined if memory cannot be made executable. */
export function eventReaderRoutine(): Address | undefined {
  const code = process.arch === 'x64' ? EVENT_READER_X64 : EVENT_READER_ARM64;
  return machineCode('event-reader', () => Buffer.from(code.join(''), 'hex'));
}

/** A detached thread with a small stack: pthread_create(3). */
function startThread(routine: Address, argument: Address): boolean {
  const c = libc();
  const attributes = new Scratch(ATTRIBUTES_BYTES);
  const thread = new Scratch(8);
  if (c.pthread_attr_init(attributes.address) !== 0) return false;
  c.pthread_attr_setdetachstate(attributes.address, DETACHED);
  c.pthread_attr_setstacksize(attributes.address, STACK_BYTES);
  const error = c.pthread_create(thread.address, attributes.address, routine, argument);
  c.pthread_attr_destroy(attributes.address);
  // Keeps both arrays alive until here, because an address does not.
  return error === 0 && attributes.u32.length + thread.u32.length > 0;
}

function blockBytes(capacity: number): number {
  return Math.ceil((RING + capacity * FAULT_BYTES) / PAGE_BYTES) * PAGE_BYTES;
}
