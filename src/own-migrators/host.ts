import { checkModule } from '../common/check-module.js';
import { describeThrown } from '../common/describe-value.js';
import { ERRNO } from '../common/errno.js';
import type { CopyKind } from '../linux/code/copy.js';
import { Futex } from '../linux/sys/futex.js';
import type { Address } from '../linux/sys/libc.js';
import { endThread } from '../linux/threads/engine-worker.js';
import { type LoadedModule, loadModule } from '../linux/threads/load-module.js';
import type { CopyList, Migrator, MigratorOwner, StartedCopy } from '../offload/migrator.js';
import { ModuleMemory, type ModuleSlot, SLOT_DONE, SLOT_FREE, SLOT_REVOKED, SLOT_RUNNING } from './slots.js';
import type { ModuleRequest, ModuleThreadOptions } from './thread.js';

export interface ModuleMigratorOptions {
  /** URL of the module: `file:` or `data:`. */
  readonly module: string;
  /** Passed to its `createMigrator`: any value that can be cloned. */
  readonly options?: unknown;
  /** Folios of the largest batch. */
  readonly capacity: number;
  /** Batches that may be in flight at once. @defaultValue 4 */
  readonly slots?: number;
  /** Address of frame 0. */
  readonly frameBase: Address;
  /** How frames are copied. @defaultValue `'fast'` */
  readonly copy?: CopyKind;
  /** Milliseconds after which a batch times out. Read for each batch. */
  readonly timeoutMs: () => number;
  /** Milliseconds after which loading the module times out. @defaultValue 10000 */
  readonly loadTimeoutMs?: number;
  /** Milliseconds for the migrator's `close` before its thread is ended. @defaultValue 2000 */
  readonly closeTimeoutMs?: number;
}

/** Reads of the state before sleeping. A batch of small folios takes less time than a sleep. */
const SPINS = 2_000;
/** Maximum nanoseconds of one sleep. The thread wakes the sleeper. If it fails to, this is the delay. */
const NAP_NS = 10_000_000;

/**
 * A program's own migrator, in its own thread (docs/own-migrators.md). The engine waits for a batch until the time
 * limit. Then it revokes the batch, ends the thread, and refuses all later batches.
 *
 * Marks count only if `offloadCopy` returned properly. A module that hangs, throws or returns nonsense may have marked
 * folios that it has not copied yet.
 */
export class ModuleMigrator implements Migrator {
  readonly name: string;
  readonly owner: MigratorOwner;
  readonly #loaded: LoadedModule;
  readonly #memory: ModuleMemory;
  readonly #capacity: number;
  readonly #timeoutMs: () => number;
  readonly #closeTimeoutMs: number;
  readonly #futex = new Futex();
  /** No batch is accepted any more: one was given up, or the migrator is closed. */
  #gone = false;
  #quarantined = false;
  /** See `explain`. */
  #why: string | undefined;
  #closed: Promise<void> | undefined;

  private constructor(loaded: LoadedModule, memory: ModuleMemory, options: ModuleMigratorOptions) {
    this.name = loaded.name;
    this.#loaded = loaded;
    this.#memory = memory;
    this.#capacity = options.capacity;
    this.#timeoutMs = options.timeoutMs;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 2_000;
    this.owner = { acquire: () => this.alive, release: () => this.close() };
  }

  /**
   * Loads the module into a thread. Not while pages are in flight, because it uses the event loop.
   * @throws MigrationError ENOENT (no such module). EINVAL (it cannot be imported, does not export `createMigrator`,
   * that function does not return a migrator, or bad options). ETIMEDOUT (loading did not finish).
   */
  static async load(options: ModuleMigratorOptions): Promise<ModuleMigrator> {
    const { capacity, slots = 4, frameBase, copy = 'fast', loadTimeoutMs = 10_000 } = options;
    const { href, options: own } = checkModule(
      'registerMigrator',
      'migrator',
      options.module,
      options.options,
    );
    const memory = ModuleMemory.allocate(capacity, slots);
    const thread = { module: href, options: own, memory, capacity, slots, frameBase, copy };
    const data: Omit<ModuleThreadOptions, 'port'> = thread;
    const loaded = await loadModule({
      thread: new URL('./thread.js', import.meta.url),
      name: 'migrator',
      operation: 'registerMigrator',
      advice: 'See docs/own-migrators.md for what a module must export. Check it with testMigrator.',
      data,
      limitMs: loadTimeoutMs,
    });
    return new ModuleMigrator(loaded, new ModuleMemory(memory, capacity, slots), options);
  }

  /** False once its thread has ended or is about to. */
  get alive(): boolean {
    return !this.#gone && !this.#memory.ended;
  }

  /** The error that ended its thread. Undefined until the event loop has delivered it. */
  get failure(): unknown {
    return this.#loaded.failure();
  }

  /** The module's own message, or how its thread has ended; undefined where the result says it all. */
  explain(): string | undefined {
    return this.#why;
  }

  offloadCopy(list: CopyList): number {
    const started = this.startCopy(list);
    return typeof started === 'number' ? started : started.finish();
  }

  startCopy(list: CopyList): StartedCopy | number {
    this.#why = undefined;
    // It stays dead. Return a failure, so that it is unregistered after some batches.
    if (!this.alive) {
      this.#why = this.#memory.ended ? this.#end() : 'it timed out in an earlier batch';
      return -ERRNO.EIO;
    }
    if (list.length > this.#capacity) return -ERRNO.EINVAL;
    const index = this.#memory.slots.findIndex((each) => each.state === SLOT_FREE);
    if (index < 0) return -ERRNO.EBUSY;
    const slot = this.#memory.slots[index]!;
    const { length } = list;
    slot.length = length;
    slot.src.set(list.src.subarray(0, length));
    slot.dst.set(list.dst.subarray(0, length));
    slot.order.set(list.order.subarray(0, length));
    slot.copied.fill(0, 0, length);
    slot.state = SLOT_RUNNING;
    this.#loaded.port.postMessage({ slot: index } satisfies ModuleRequest);
    return { finish: () => this.#finish(slot, list) };
  }

  /** Resolves when the thread cannot touch a quarantined frame any more: it has ended, or no frame is quarantined. */
  async whenQuiet(): Promise<void> {
    if (!this.#quarantined) return;
    this.#loaded.worker.ref();
    await this.#loaded.exited;
  }

  /** Calls the module's `close`, within a time limit. Resolves when its thread has ended. No batch may be in flight. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** The reason for which its thread has ended. The module can write there, too. */
  #end(): string {
    return describeThrown(this.#memory.why) || 'its thread has ended';
  }

  #finish(slot: ModuleSlot, list: CopyList): number {
    this.#why = undefined;
    this.#await(slot);
    if (slot.change(SLOT_RUNNING, SLOT_REVOKED)) this.#giveUp();
    if (slot.state !== SLOT_DONE) {
      // The thread may be in the middle of a copy until it has ended.
      list.quarantined.fill(1, 0, list.length);
      this.#quarantined = true;
      if (!this.#memory.ended) return -ERRNO.ETIMEDOUT;
      this.#why = this.#end();
      return -ERRNO.EIO;
    }
    const result = slot.result;
    const marks = slot.copied.slice(0, list.length);
    const isErrno = Number.isInteger(result) && result <= 0;
    const text = slot.thrown || !isErrno ? describeThrown(slot.text) : '';
    const thrown = slot.thrown ? new Error(text) : undefined;
    const wrongMark = marks.find((mark) => mark > 1);
    const areMarks = wrongMark === undefined;
    slot.state = SLOT_FREE;
    if (thrown !== undefined) throw thrown;
    if (isErrno && areMarks) list.copied.set(marks);
    else if (!areMarks) this.#why = `it marked a folio with ${wrongMark}, which is neither 0 nor 1`;
    else this.#why = `it returned ${text}, which is neither 0 nor a negative errno`;
    return areMarks ? result : Number.NaN;
  }

  /** Waits until the slot is not RUNNING, within the time limit. */
  #await(slot: ModuleSlot): void {
    for (let spin = 0; spin < SPINS; spin++) {
      if (slot.state !== SLOT_RUNNING) return;
    }
    const until = performance.now() + this.#timeoutMs();
    // If the thread ended before it saw this batch, it has notified nobody.
    while (slot.state === SLOT_RUNNING && !this.#memory.ended) {
      const leftNs = (until - performance.now()) * 1e6;
      if (leftNs <= 0) return;
      this.#futex.wait(slot.stateAddress, SLOT_RUNNING, Math.min(leftNs, NAP_NS));
    }
  }

  /** Revokes every batch, so that the thread's port refuses calls, and ends the thread. */
  #giveUp(): void {
    this.#gone = true;
    for (const slot of this.#memory.slots) slot.change(SLOT_RUNNING, SLOT_REVOKED);
    if (this.#memory.ended) return;
    // Later, because pages may be in flight now. To end a thread, V8 takes the lock under which Atomics.wait reads its
    // word, in any thread. That word may be in flight.
    setImmediate(() => void endThread(this.#loaded.worker));
  }

  async #close(): Promise<void> {
    const { worker, port, exited } = this.#loaded;
    const wasAlive = this.alive;
    this.#gone = true;
    if (wasAlive) port.postMessage({ close: true } satisfies ModuleRequest);
    worker.ref();
    const timer = setTimeout(() => void endThread(worker), wasAlive ? this.#closeTimeoutMs : 0);
    await exited;
    clearTimeout(timer);
    port.close();
  }
}
