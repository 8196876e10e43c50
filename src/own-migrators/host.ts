import { describeThrown } from '../common/describe-value.js';
import { ERRNO } from '../common/errno.js';
import type { CopyKind } from '../linux/code/copy.js';
import { Futex } from '../linux/sys/futex.js';
import type { Address } from '../linux/sys/libc.js';
import type { CopyList, Migrator, MigratorOwner, StartedCopy } from '../offload/migrator.js';
import { type LoadedModule, loadModule } from './loader.js';
import { checkModuleOption } from './option.js';
import { ModuleMemory, type ModuleSlot, SLOT_DONE, SLOT_FREE, SLOT_REVOKED, SLOT_RUNNING } from './slots.js';
import type { ModuleRequest } from './thread.js';

export interface ModuleMigratorOptions {
  /** URL of the module: `file:` or `data:`. */
  readonly module: string;
  /** For its `createMigrator`: anything that can be cloned. */
  readonly options?: unknown;
  /** Folios of the largest batch. */
  readonly capacity: number;
  /** Batches that may be under way at once. Default 4. */
  readonly slots?: number;
  /** Address of frame 0. */
  readonly frameBase: Address;
  /** How frames are copied. Default `fast`. */
  readonly copy?: CopyKind;
  /** Milliseconds for which the end of a batch is waited for; asked for each batch. */
  readonly timeoutMs: () => number;
  /** Milliseconds in which the module must be loaded. Default 10,000. */
  readonly loadTimeoutMs?: number;
  /** Milliseconds for the migrator's `close` before its thread is ended. Default 2,000. */
  readonly closeTimeoutMs?: number;
}

/** Looks at the state before sleeping: a batch of small folios is done in less time than a sleep takes. */
const SPINS = 2_000;
/** Nanoseconds of one sleep. The thread wakes whoever waits; should it ever not, this is how much is lost. */
const NAP_NS = 10_000_000;

/**
 * A migrator of the user's own, in a thread of its own (docs/own-migrators.md). The engine waits for it within
 * the limit and no longer; then it takes the batch away, ends the thread, and the migrator refuses from then on.
 *
 * The module's marks are believed only of a batch that it has ended as it should: one that hangs, throws or
 * returns nonsense may have marked first and not have copied yet.
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
  /** No batch is taken any more: it was given up, or is closed. */
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
   * Loads the module into a thread. Not while pages are out: it takes the event loop's turns.
   * @throws MigrationError ENOENT (no such module), EINVAL (it cannot be imported, has no `createMigrator`, or that
   * gives no migrator; bad options), ETIMEDOUT (it does not come to an end).
   */
  static async load(options: ModuleMigratorOptions): Promise<ModuleMigrator> {
    const { capacity, slots = 4, frameBase, copy = 'fast', loadTimeoutMs = 10_000 } = options;
    const { href, options: own } = checkModuleOption(options.module, options.options);
    const memory = ModuleMemory.allocate(capacity, slots);
    const loaded = await loadModule(
      { module: href, options: own, memory, capacity, slots, frameBase, copy },
      loadTimeoutMs,
    );
    return new ModuleMigrator(loaded, new ModuleMemory(memory, capacity, slots), options);
  }

  /** False once its thread has ended or is being ended. */
  get alive(): boolean {
    return !this.#gone && !this.#memory.ended;
  }

  /** The error that has ended its thread, if one has and the event loop has had a turn since. */
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
    // It will not come back: a failure, so that it is unregistered in the end.
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

  /** Resolves when the thread cannot touch a frame that was held so far: it has ended, or none is held. */
  async whenQuiet(): Promise<void> {
    if (!this.#quarantined) return;
    this.#loaded.worker.ref();
    await this.#loaded.exited;
  }

  /** Has the module close itself, within a limit, and resolves when its thread is gone. No batch is under way. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Why its thread has ended. The module can write there, too. */
  #end(): string {
    return describeThrown(this.#memory.why) || 'its thread has ended';
  }

  #finish(slot: ModuleSlot, list: CopyList): number {
    this.#why = undefined;
    this.#await(slot);
    if (slot.change(SLOT_RUNNING, SLOT_REVOKED)) this.#giveUp();
    if (slot.state !== SLOT_DONE) {
      // The thread may be in the middle of a copy until it is gone.
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

  /** Waits until the slot is not RUNNING, within the limit. */
  #await(slot: ModuleSlot): void {
    for (let spin = 0; spin < SPINS; spin++) {
      if (slot.state !== SLOT_RUNNING) return;
    }
    const until = performance.now() + this.#timeoutMs();
    // A thread that ended before it could see this batch has told nobody about it.
    while (slot.state === SLOT_RUNNING && !this.#memory.ended) {
      const leftNs = (until - performance.now()) * 1e6;
      if (leftNs <= 0) return;
      this.#futex.wait(slot.stateAddress, SLOT_RUNNING, Math.min(leftNs, NAP_NS));
    }
  }

  /** Takes every batch from the thread, so that its port refuses, and has it ended, unless it is ending by itself. */
  #giveUp(): void {
    this.#gone = true;
    for (const slot of this.#memory.slots) slot.change(SLOT_RUNNING, SLOT_REVOKED);
    if (this.#memory.ended) return;
    // Not now, while pages may be out: to end a thread V8 takes the lock under which Atomics.wait reads the awaited
    // word of any thread, and that may be in flight.
    setImmediate(() => void this.#loaded.worker.terminate());
  }

  async #close(): Promise<void> {
    const { worker, port, exited } = this.#loaded;
    const wasAlive = this.alive;
    this.#gone = true;
    if (wasAlive) port.postMessage({ close: true } satisfies ModuleRequest);
    worker.ref();
    const timer = setTimeout(() => void worker.terminate(), wasAlive ? this.#closeTimeoutMs : 0);
    await exited;
    clearTimeout(timer);
    port.close();
  }
}
