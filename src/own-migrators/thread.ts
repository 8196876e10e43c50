/**
 * The thread of a program's own migrator (a worker). It imports the module, and calls it with the batches that the
 * engine puts into shared memory. If anything fails here, the engine only sees a batch that failed or timed out.
 *
 * A module may replace globals, even by accident. So this thread keeps its own references to what it uses later.
 */
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import { describeThrown } from '../common/describe-value.js';
import { ERRNO } from '../common/errno.js';
import { PAGE_SIZE } from '../common/page.js';
import { type CopyKind, type CopyRoutine, copyRoutine } from '../linux/code/copy.js';
import { Futex } from '../linux/sys/futex.js';
import { type Address, libc } from '../linux/sys/libc.js';
import { modulesLoaded } from '../linux/threads/loading.js';
import {
  checkName,
  importModule,
  type ModuleStart,
  Refusal,
  refusalMessage,
} from '../linux/threads/own-module.js';
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

/** A slot to copy, or a request to end. */
export type ModuleRequest = { readonly slot: number } | { readonly close: true };

const endProcess = process.exit.bind(process);

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
    process.on('exit', (code) => this.#end(code));
    // Records the error and no more. Node, or a handler of the module, decides what happens.
    process.on('uncaughtExceptionMonitor', (error) => {
      this.#memory.why = `its thread failed: ${describeThrown(error)}`;
    });
  }

  /** Loads the module, and returns the migrator's name. @throws Refusal */
  async load(href: string, options: unknown): Promise<string> {
    const module: Partial<OwnMigratorModule> = await importModule(href);
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
    const checked = checkName(name, 'createMigrator returned a migrator');
    if (typeof offloadCopy !== 'function') {
      throw new Refusal('EINVAL', 'createMigrator returned a migrator without an offloadCopy function');
    }
    this.#migrator = migrator;
    return checked;
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
      slot.setThrown(describeThrown(error));
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
  #end(code: number): void {
    if (this.#memory.why === '') this.#memory.why = `its thread exited with code ${code}`;
    this.#memory.setEnded();
    for (const slot of this.#memory.slots) {
      if (slot.change(SLOT_RUNNING, SLOT_ENDED)) this.#futex.wake(slot.stateAddress);
    }
  }
}

/** Its name and its function. Each is read once, because a getter may throw or change its value. @throws Refusal */
function parts(migrator: OwnMigrator | undefined | null): { name: unknown; offloadCopy: unknown } {
  try {
    return { name: migrator?.name, offloadCopy: migrator?.offloadCopy };
  } catch (error) {
    throw new Refusal('EINVAL', `cannot read the migrator: ${describeThrown(error)}`);
  }
}

async function start(options: ModuleThreadOptions): Promise<void> {
  libc();
  modulesLoaded();
  const { port } = options;
  try {
    const thread = new ModuleThread(options);
    const name = await thread.load(options.module, options.options);
    port.on('message', (request: ModuleRequest) => void thread.receive(request));
    port.postMessage({ ready: true, name } satisfies ModuleStart);
  } catch (error) {
    port.postMessage(refusalMessage(error));
    port.close();
  }
}

if (!isMainThread) void start(workerData as ModuleThreadOptions);
