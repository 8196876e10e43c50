/**
 * The thread of a migrator that the user has brought (a worker). It imports the module and has it copy the batches
 * that the engine puts into shared memory. What goes wrong in here, the engine only ever sees as a batch that
 * failed, or as one that is not done in time.
 *
 * A module may replace globals, by accident: what is used after it was loaded is held here.
 */
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import { describeThrown } from '../common/describe-value.js';
import { ERRNO, type ErrnoName } from '../common/errno.js';
import { PAGE_SIZE } from '../common/page.js';
import { shortageOf } from '../common/system-error.js';
import { type CopyKind, type CopyRoutine, copyRoutine } from '../linux/code/copy.js';
import { Futex } from '../linux/sys/futex.js';
import type { Address } from '../linux/sys/libc.js';
import type { OwnCopyPort, OwnMigrator, OwnMigratorModule } from './contract.js';
import { FrameSet } from './frame-set.js';
import { ModuleMemory, type ModuleSlot, SLOT_DONE, SLOT_ENDED, SLOT_RUNNING } from './slots.js';

/** What the engine starts the thread with. */
export interface ModuleThreadOptions {
  /** URL of the module. */
  readonly module: string;
  /** For `createMigrator`. */
  readonly options: unknown;
  readonly memory: SharedArrayBuffer;
  readonly capacity: number;
  readonly slots: number;
  readonly frameBase: Address;
  readonly copy: CopyKind;
  readonly port: MessagePort;
}

/** The thread's first and only message. */
export type ModuleStart =
  | { readonly ready: true; readonly name: string }
  | { readonly ready: false; readonly code: ErrnoName; readonly problem: string };

/** A slot to be copied, or the wish that the thread end. */
export type ModuleRequest = { readonly slot: number } | { readonly close: true };

/** Characters of a migrator's name at most. */
const MAX_NAME = 64;

const endProcess = process.exit.bind(process);

/** Why a module is refused. */
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
    // Nobody else can tell the engine in time: its event loop stands still while it waits for a batch.
    process.on('exit', (code) => this.#end(code));
    // Records the error and no more. Node, or a handler of the module, decides what happens.
    process.on('uncaughtExceptionMonitor', (error) => {
      this.#memory.why = `its thread failed: ${describeThrown(error)}`;
    });
  }

  /** Loads the module. @throws Refusal */
  async load(href: string, options: unknown): Promise<string> {
    let module: Partial<OwnMigratorModule>;
    try {
      module = await import(href);
    } catch (error) {
      const missing = (error as { code?: unknown } | undefined)?.code === 'ERR_MODULE_NOT_FOUND';
      throw new Refusal(
        missing ? 'ENOENT' : (shortageOf(error) ?? 'EINVAL'),
        `cannot import the module: ${describeThrown(error)}`,
      );
    }
    if (typeof module.createMigrator !== 'function') {
      throw new Refusal('EINVAL', 'the module does not export a function createMigrator');
    }
    let migrator: OwnMigrator;
    try {
      migrator = await module.createMigrator(options);
    } catch (error) {
      throw new Refusal('EINVAL', `createMigrator failed: ${describeThrown(error)}`);
    }
    const { name, offloadCopy } = parts(migrator);
    if (typeof name !== 'string' || name === '') {
      throw new Refusal('EINVAL', 'createMigrator returned a migrator without a name');
    }
    // It is shown: in errors and warnings, and as the value of a parameter.
    if (name.length > MAX_NAME || /\p{Cc}/u.test(name)) {
      throw new Refusal('EINVAL', `name: must be one line of up to ${MAX_NAME} characters`);
    }
    if (typeof offloadCopy !== 'function') {
      throw new Refusal('EINVAL', 'createMigrator returned a migrator without an offloadCopy function');
    }
    this.#migrator = migrator;
    return name;
  }

  async receive(request: ModuleRequest): Promise<void> {
    if ('slot' in request) return this.#run(request.slot);
    try {
      await this.#migrator?.close?.();
    } finally {
      // Whatever the module still has going must not keep the thread.
      endProcess(0);
    }
  }

  async #run(index: number): Promise<void> {
    const slot = this.#memory.slots[index]!;
    let over = false;
    try {
      const { length, src, dst, order, copied } = slot;
      // What the port allows is what the engine wrote, whatever the module does to the arrays.
      this.#sources[index]!.assign(src, order, length);
      this.#destinations[index]!.assign(dst, order, length);
      const port = this.#port(slot, index, () => over);
      slot.setReturned(await this.#migrator!.offloadCopy({ length, src, dst, order, copied }, port));
    } catch (error) {
      slot.setThrown(describeThrown(error));
    } finally {
      over = true;
      // Unless it was given up meanwhile: then nobody waits, and this thread is about to be ended.
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

  /** Tells whoever waits for a batch that this thread will not do it. */
  #end(code: number): void {
    if (this.#memory.why === '') this.#memory.why = `its thread exited with code ${code}`;
    this.#memory.setEnded();
    for (const slot of this.#memory.slots) {
      if (slot.change(SLOT_RUNNING, SLOT_ENDED)) this.#futex.wake(slot.stateAddress);
    }
  }
}

/** Its name and its function, each read once: a getter may throw, or give another value the next time. @throws Refusal */
function parts(migrator: OwnMigrator | undefined | null): { name: unknown; offloadCopy: unknown } {
  try {
    return { name: migrator?.name, offloadCopy: migrator?.offloadCopy };
  } catch (error) {
    throw new Refusal('EINVAL', `cannot read the migrator: ${describeThrown(error)}`);
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
    port.postMessage({ ready: false, code, problem: describeThrown(error) } satisfies ModuleStart);
    port.close();
  }
}

if (!isMainThread) void start(workerData as ModuleThreadOptions);
