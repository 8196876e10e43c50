/**
 * The thread of a program's own migrator (a worker). It imports the module, and calls it with the batches that the
 * engine puts into shared memory. If anything fails here, the engine only sees a batch that failed or timed out.
 *
 * A module may replace globals, even by accident. So this thread keeps its own references to what it uses later.
 */
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import { ERRNO, type ErrnoName } from '../common/errno.js';
import { PAGE_SIZE } from '../common/page.js';
import { shortageOf } from '../common/system-error.js';
import { type CopyKind, type CopyRoutine, copyRoutine } from '../linux/code/copy.js';
import { Futex } from '../linux/sys/futex.js';
import type { Address } from '../linux/sys/libc.js';
import type { OwnCopyPort, OwnMigrator, OwnMigratorModule } from './contract.js';
import { FrameSet } from './frame-set.js';
import { ModuleMemory, type ModuleSlot, SLOT_DONE, SLOT_ENDED, SLOT_RUNNING } from './slots.js';

export interface ModuleThreadOptions {
  /** URL of the module. */
  readonly module: string;
  /** Passed to `createMigrator`. */
  readonly options: unknown;
  readonly memory: SharedArrayBuffer;
  readonly capacity: number;
  readonly slots: number;
  readonly frameBase: Address;
  readonly copy: CopyKind;
  readonly port: MessagePort;
}

/** The thread's only message. */
export type ModuleStart =
  | { readonly ready: true; readonly name: string }
  | { readonly ready: false; readonly code: ErrnoName; readonly problem: string };

/** A slot to copy, or a request to end. */
export type ModuleRequest = { readonly slot: number } | { readonly close: true };

const MAX_NAME = 64;

const endProcess = process.exit.bind(process);

class Refusal extends Error {
  readonly code: ErrnoName;

  constructor(code: ErrnoName, problem: string) {
    super(problem);
    this.code = code;
  }
}

class ModuleThread {
  readonly #memory: ModuleMemory;
  readonly #frameBase: Address;
  readonly #copy: CopyRoutine;
  readonly #futex = new Futex();
  readonly #sources: readonly FrameSet[];
  readonly #destinations: readonly FrameSet[];
  #migrator: OwnMigrator | undefined;

  constructor(options: ModuleThreadOptions) {
    this.#memory = new ModuleMemory(options.memory, options.capacity, options.slots);
    this.#frameBase = options.frameBase;
    this.#copy = copyRoutine(options.copy);
    this.#sources = this.#memory.slots.map(() => new FrameSet());
    this.#destinations = this.#memory.slots.map(() => new FrameSet());
    // Only this handler can notify the engine in time. While the engine waits for a batch, its event loop does not run.
    process.on('exit', () => this.#end());
  }

  /** Loads the module, and returns the migrator's name. @throws Refusal */
  async load(href: string, options: unknown): Promise<string> {
    let module: Partial<OwnMigratorModule>;
    try {
      module = await import(href);
    } catch (error) {
      const missing = (error as { code?: unknown } | undefined)?.code === 'ERR_MODULE_NOT_FOUND';
      throw new Refusal(
        missing ? 'ENOENT' : (shortageOf(error) ?? 'EINVAL'),
        `cannot import the module: ${describe(error)}`,
      );
    }
    if (typeof module.createMigrator !== 'function') {
      throw new Refusal('EINVAL', 'the module does not export a function createMigrator');
    }
    let migrator: OwnMigrator;
    try {
      migrator = await module.createMigrator(options);
    } catch (error) {
      throw new Refusal('EINVAL', `createMigrator failed: ${describe(error)}`);
    }
    if (typeof migrator?.name !== 'string' || migrator.name === '') {
      throw new Refusal('EINVAL', 'createMigrator returned a migrator without a name');
    }
    // The name is shown in errors, warnings and a parameter's value.
    if (migrator.name.length > MAX_NAME || /\p{Cc}/u.test(migrator.name)) {
      throw new Refusal('EINVAL', `name: must be one line of up to ${MAX_NAME} characters`);
    }
    if (typeof migrator.offloadCopy !== 'function') {
      throw new Refusal('EINVAL', 'createMigrator returned a migrator without an offloadCopy function');
    }
    this.#migrator = migrator;
    return migrator.name;
  }

  async receive(request: ModuleRequest): Promise<void> {
    if ('slot' in request) return this.#run(request.slot);
    try {
      await this.#migrator?.close?.();
    } finally {
      // Timers and handles of the module must not keep the thread alive.
      endProcess(0);
    }
  }

  async #run(index: number): Promise<void> {
    const slot = this.#memory.slots[index]!;
    let over = false;
    try {
      const { length, src, dst, order, copied } = slot;
      // The port permits the folios that the engine wrote, even if the module changes the arrays.
      this.#sources[index]!.assign(src, order, length);
      this.#destinations[index]!.assign(dst, order, length);
      const port = this.#port(slot, index, () => over);
      slot.setReturned(await this.#migrator!.offloadCopy({ length, src, dst, order, copied }, port));
    } catch (error) {
      slot.setThrown(describe(error));
    } finally {
      over = true;
      // If the engine has given the batch up, nobody waits for it, and the engine ends this thread.
      if (slot.change(SLOT_RUNNING, SLOT_DONE)) this.#futex.wake(slot.stateAddress);
    }
  }

  #port(slot: ModuleSlot, index: number, isOver: () => boolean): OwnCopyPort {
    const copy = this.#copy;
    const base = this.#frameBase;
    const sources = this.#sources[index]!;
    const destinations = this.#destinations[index]!;
    return {
      copyFrames(dst, src, pages) {
        if (isOver() || slot.state !== SLOT_RUNNING) return -ERRNO.ESTALE;
        if (!sources.holds(src, pages) || !destinations.holds(dst, pages)) return -ERRNO.EFAULT;
        return copy(base + dst * PAGE_SIZE, base + src * PAGE_SIZE, pages * PAGE_SIZE);
      },
      dmaAddress(frame) {
        if (isOver() || slot.state !== SLOT_RUNNING) return -ERRNO.ESTALE;
        if (!sources.holds(frame, 1) && !destinations.holds(frame, 1)) return -ERRNO.EFAULT;
        return base + frame * PAGE_SIZE;
      },
    };
  }

  /** Notifies the engine that this thread will not copy its batches. */
  #end(): void {
    this.#memory.setEnded();
    for (const slot of this.#memory.slots) {
      if (slot.change(SLOT_RUNNING, SLOT_ENDED)) this.#futex.wake(slot.stateAddress);
    }
  }
}

/** The message of any thrown value. */
function describe(error: unknown): string {
  try {
    const message = (error as { message?: unknown } | undefined)?.message;
    return typeof message === 'string' ? message : `${error as string}`;
  } catch {
    return 'an error without a message';
  }
}

async function start(options: ModuleThreadOptions): Promise<void> {
  const { port } = options;
  try {
    const thread = new ModuleThread(options);
    const name = await thread.load(options.module, options.options);
    port.on('message', (request: ModuleRequest) => void thread.receive(request));
    port.postMessage({ ready: true, name } satisfies ModuleStart);
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'EIO';
    port.postMessage({ ready: false, code, problem: describe(error) } satisfies ModuleStart);
    port.close();
  }
}

if (!isMainThread) void start(workerData as ModuleThreadOptions);
