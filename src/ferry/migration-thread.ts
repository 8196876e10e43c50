/**
 * The migration thread (a worker). It owns the machine: the userfaultfd, the pools, the regions' books. It
 * never touches program memory, since a thread that touches a page in flight sleeps until it is back, and
 * it is this thread that brings it back. Everything it needs is loaded before the first migration.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { LinuxMachine } from '../linux/linux-machine.js';
import { CpuMigrator } from '../migrators/cpu.js';
import { MigrationError } from '../mm/migration-error.js';
import { MigrateStats } from '../mm/stats.js';
import type { Migrator } from '../offload/migrator.js';
import { MigratorRegistry } from '../offload/registry.js';
import { CONTROL_BUSY, CONTROL_MAIL, CONTROL_STOP, controlWords, nodeUsage } from './control.js';
import { Engine } from './engine.js';
import type {
  ErrorMessage,
  ReplyMessage,
  Request,
  RequestMessage,
  StartMessage,
  ThreadOptions,
} from './protocol.js';

/** How long the thread works before it looks at its messages even if nobody said that there are any. */
const TURN_MS = 20;

/** How often the nodes' usage is refreshed while the thread is busy. */
const USAGE_MS = 250;

class MigrationThread {
  readonly #port: NonNullable<typeof parentPort>;
  readonly #control: Int32Array;
  readonly #usage: Float64Array;
  readonly #nodes: number;
  readonly #machine: LinuxMachine;
  readonly #registry = new MigratorRegistry();
  readonly #engine: Engine;
  #scheduled = false;
  #published = 0;

  constructor(port: NonNullable<typeof parentPort>, options: ThreadOptions) {
    this.#port = port;
    this.#control = controlWords(options.control);
    this.#usage = nodeUsage(options.control);
    this.#nodes = options.nodes.length;
    this.#registry.reasonMask = options.reasonMask;
    this.#machine = new LinuxMachine({
      nodes: options.nodes,
      windowPages: options.maxBatchedMigration,
      watermarkPages: options.watermarkPages,
      copy: options.copy,
      journal: options.journal,
    });
    const totals = new MigrateStats(new Float64Array(options.stats));
    this.#engine = new Engine(this.#machine, this.#registry, totals);
    this.#publishUsage();
    port.on('message', (message: RequestMessage) => void this.#receive(message));
    port.postMessage({ ready: true, access: this.#machine.access } satisfies StartMessage);
  }

  async #receive({ id, ...request }: RequestMessage): Promise<void> {
    let reply: ReplyMessage;
    try {
      reply = { id, ok: true, value: await this.#perform(request) };
    } catch (error) {
      reply = { id, ok: false, error: errorMessage(error) };
    }
    this.#publishUsage();
    this.#port.postMessage(reply);
    if (request.op === 'close') this.#port.close();
  }

  #perform(request: Request): unknown {
    switch (request.op) {
      case 'attach':
        return this.#engine.attach(request.region, request.spans, request.node, request.order, request.hold);
      case 'detach':
        return this.#engine.detach(request.region);
      case 'migrate':
        return this.#start(this.#engine.migrate(request.migrate));
      case 'movePages':
        return this.#start(this.#engine.movePages(request.movePages));
      case 'register':
        return this.#registry.register(builtInMigrator(request.name));
      case 'unregister':
        return this.#registry.unregister(request.name);
      case 'stock':
        return this.#machine.stock(request.node, request.pages, request.huge);
      case 'close':
        return this.#engine.close();
    }
  }

  #start(result: Promise<unknown>): Promise<unknown> {
    this.#schedule();
    return result;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#work();
    });
  }

  /**
   * Does batches until there is mail, or for a turn. BUSY is set before STOP is looked at, and the owner sets
   * STOP before it looks at BUSY, so that one of them always sees the other. It stays set between turns while
   * a region is registered: a thread could be waiting there for a page that was never touched.
   */
  #work(): void {
    const control = this.#control;
    const mail = Atomics.load(control, CONTROL_MAIL);
    const until = performance.now() + TURN_MS;
    Atomics.store(control, CONTROL_BUSY, 1);
    try {
      while (this.#engine.busy && Atomics.load(control, CONTROL_MAIL) === mail && performance.now() < until) {
        if (Atomics.load(control, CONTROL_STOP) !== 0) {
          this.#engine.stop('the process is exiting');
          break;
        }
        this.#engine.step();
      }
    } finally {
      Atomics.store(control, CONTROL_BUSY, this.#engine.busy ? 1 : 0);
    }
    // The kernel is asked for it, which takes a while: not after every turn.
    if (!this.#engine.busy || performance.now() > this.#published + USAGE_MS) this.#publishUsage();
    if (this.#engine.busy) this.#schedule();
  }

  #publishUsage(): void {
    this.#published = performance.now();
    for (let node = 0; node < this.#nodes; node++) {
      const { bytesStocked, bytesFree } = this.#machine.usage(node);
      this.#usage[node * 2] = bytesStocked;
      this.#usage[node * 2 + 1] = bytesFree;
    }
  }
}

function builtInMigrator(name: string): Migrator {
  if (name === 'cpu') return new CpuMigrator();
  throw new MigrationError('ENODEV', `there is no migrator named '${name}'`, {
    operation: 'registerMigrator',
    argument: 'migrator.name',
    advice: "Known: 'cpu'.",
  });
}

function errorMessage(error: unknown): ErrorMessage {
  if (error instanceof MigrationError) {
    return {
      errno: -error.errno,
      message: error.problem,
      operation: error.operation,
      argument: error.argument,
      advice: error.advice,
    };
  }
  return {
    errno: 5,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    operation: 'migration thread',
    argument: undefined,
    advice: undefined,
  };
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  try {
    new MigrationThread(port, workerData as ThreadOptions);
  } catch (error) {
    port.postMessage({ ready: false, error: errorMessage(error) } satisfies StartMessage);
    port.close();
  }
}
