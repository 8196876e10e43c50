/**
 * The migration thread (a worker). It owns the machine: the userfaultfd, the pools, the page records of regions. It
 * never touches program memory. A thread that touches a page in flight sleeps until it is mapped again, and this thread
 * is the one that maps it. Everything that it needs is loaded before the first migration.
 */
import { isMainThread, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { MigrationError } from '../../common/migration-error.js';
import { Engine } from '../../engine/engine.js';
import { progressWords } from '../../engine/progress.js';
import { ADVICE } from '../../heat/advice.js';
import { adoptCode } from '../../linux/code/machine-code.js';
import { LinuxMachine } from '../../linux/memory/linux-machine.js';
import { Journal } from '../../linux/rescue/journal.js';
import { armLastAct } from '../../linux/rescue/last-act.js';
import { libc } from '../../linux/sys/libc.js';
import type { Remap } from '../../linux/sys/remap.js';
import { OwnPriority } from '../../linux/sys/thread-priority.js';
import { TABLE_MODES } from '../../linux/tables/table-policy.js';
import { threadsLoaded } from '../../linux/threads/engine-worker.js';
import { modulesLoaded } from '../../linux/threads/loading.js';
import { MAX_BATCHES_OUT } from '../../mm/pipeline/batch.js';
import type { LiveMachine } from '../../mm/ports/live-machine.js';
import { MigrateStats } from '../../mm/stats.js';
import { MigratorRegistry } from '../../offload/registry.js';
import { Settings } from '../../offload/settings.js';
import { EventRing } from '../../trace/event-ring.js';
import { hostClock } from '../../trace/host-clock.js';
import { Recorder } from '../../trace/recorder.js';
import { MigratorCounters } from '../migrator-counters.js';
import { CONTROL_BUSY, CONTROL_MAIL, CONTROL_STOP, controlWords, nodeUsage } from './control.js';
import { HeatWatches } from './heat-watches.js';
import { Linger } from './linger.js';
import { type MigrationRecord, migrationRecords } from './migration-record.js';
import { MigratorProvider } from './migrator-provider.js';
import type {
  EjectedMessage,
  ErrorMessage,
  MigratorMessage,
  RecordNumber,
  ReplyMessage,
  Request,
  RequestMessage,
  StartMessage,
  ThreadOptions,
} from './protocol.js';

/** Exports of a test module: see ThreadOptions.wrapMachine. */
interface TestModule {
  wrapMachine(machine: LiveMachine): LiveMachine;
  readonly remap?: Remap;
}

/** Nanoseconds that the thread works before it serves its event loop, even without mail. */
const TURN_NS = 50_000_000;

/** Milliseconds that `close` waits until devices are idle. */
const CLOSE_LIMIT_MS = 10_000;

/** Milliseconds between two updates of the nodes' usage while the thread is busy. */
const USAGE_MS = 250;

class MigrationThread {
  readonly #port: NonNullable<typeof parentPort>;
  readonly #control: Int32Array;
  readonly #linger: Linger;
  readonly #records: readonly MigrationRecord[];
  readonly #usage: Float64Array;
  readonly #nodes: ThreadOptions['nodes'];
  readonly #recorder: Recorder;
  readonly #machine: LiveMachine;
  /** Disarms the last act, which would bring pages back if this thread ended with pages in flight. */
  readonly #disarm: (() => void) | undefined;
  readonly #priority = new OwnPriority();
  readonly #registry: MigratorRegistry;
  readonly #provider: MigratorProvider;
  readonly #counters: MigratorCounters;
  readonly #engine: Engine;
  readonly #heat: HeatWatches;
  #registering: Promise<unknown> = Promise.resolve();
  #scheduled = false;
  #published = 0;
  /** CONTROL_MAIL at the start of this turn. */
  #mail = 0;

  constructor(port: NonNullable<typeof parentPort>, options: ThreadOptions, tested: TestModule | undefined) {
    this.#port = port;
    this.#control = controlWords(options.control);
    this.#linger = new Linger(this.#control);
    this.#records = migrationRecords(options.records);
    this.#usage = nodeUsage(options.control);
    this.#nodes = options.nodes;
    const settings = new Settings(options.settings);
    this.#counters = new MigratorCounters(options.counters);
    this.#recorder = new Recorder(new EventRing(options.events), hostClock(), {
      nodeIds: options.nodes.map(({ id }) => id),
      activeMigrator: () => this.#registry.active?.name,
    });
    this.#registry = new MigratorRegistry(settings, {
      reported: ({ name }, report) => {
        this.#counters.count(name, report.migrated, report.failures);
        this.#recorder.report(report);
      },
      ejected: ({ name }, why) => {
        this.#recorder.migrator('eject', name);
        port.postMessage({ event: 'ejected', name, why } satisfies EjectedMessage);
      },
    });
    const machine = new LinuxMachine({
      nodes: options.nodes,
      windowPages: options.batchPages,
      depth: MAX_BATCHES_OUT,
      maxPoolPages: options.maxPoolPages,
      copy: options.copy,
      journal: options.journal,
      pageTables: () => TABLE_MODES[settings.get('page_tables')]!,
      ...(tested?.remap === undefined ? {} : { remap: tested.remap }),
    });
    this.#disarm = armLastAct(new Journal(options.journal));
    this.#machine = tested?.wrapMachine(machine) ?? machine;
    this.#provider = new MigratorProvider({
      settings,
      copy: options.copy,
      frameBase: machine.frameBase,
      capacity: options.batchPages,
      recorder: this.#recorder,
    });
    this.#engine = new Engine({
      machine: this.#machine,
      registry: this.#registry,
      totals: new MigrateStats(new Float64Array(options.stats)),
      interrupted: () => this.#interrupted(),
      observer: this.#recorder,
      audit: options.audit,
    });
    this.#heat = new HeatWatches(this.#machine, this.#engine, options.batchPages, (result) =>
      this.#start(result),
    );
    this.#publishUsage();
    port.on('message', (message: RequestMessage | RecordNumber) => this.#receive(message));
    const { access, writeProtection } = machine;
    const canWriteProtect = writeProtection !== undefined;
    port.postMessage({ ready: true, access, canWriteProtect } satisfies StartMessage);
  }

  #receive(message: RequestMessage | RecordNumber): void {
    if (typeof message === 'number') void this.#migrate(this.#records[message]!);
    else void this.#answer(message);
  }

  async #migrate(record: MigrationRecord): Promise<void> {
    const { id, index } = record;
    let reply: ReplyMessage | RecordNumber = index;
    try {
      const value = await this.#start(this.#engine.migrate(record.readPlan(), record.progress));
      if (!record.writeEnd(value)) reply = { id, ok: true, value };
    } catch (error) {
      reply = { id, ok: false, error: errorMessage(error) };
    }
    this.#publishUsage(false);
    this.#port.postMessage(reply);
  }

  async #answer({ id, ...request }: RequestMessage): Promise<void> {
    let reply: ReplyMessage;
    try {
      reply = { id, ok: true, value: await this.#perform(request) };
    } catch (error) {
      reply = { id, ok: false, error: errorMessage(error) };
    }
    this.#publishUsage(request.op !== 'migrate' && request.op !== 'movePages');
    this.#port.postMessage(reply);
    if (request.op === 'close') this.#port.close();
  }

  #perform(request: Request): unknown {
    switch (request.op) {
      case 'attach':
        return this.#engine.attach(request.region, request.memory, request.order, request.movable);
      case 'replace':
        return this.#start(this.#engine.replace(request.region, request.memory));
      case 'detach':
        this.#heat.forget(request.region);
        return this.#engine.detach(request.region);
      case 'devicesAtRest':
        return this.#engine.devicesAtRest();
      case 'migrate':
        return this.#start(this.#engine.migrate(request.plan, progressWords(request.progress)));
      case 'movePages':
        return this.#start(this.#engine.movePages(request.plan, progressWords(request.progress)));
      case 'register':
        return this.#register(request.migrator);
      case 'unregister':
        return this.#unregister(request.name);
      case 'settingsChanged':
        return this.#provider.settingsChanged();
      case 'resetCounter':
        return this.#counters.reset(request.migrator, request.counter);
      case 'prefill':
        return this.#machine.prefill(request.node, request.pages, request.huge);
      case 'discard':
        return this.#discard(request.region, request.from, request.to);
      case 'pageOut':
        return this.#start(this.#engine.pageOut(request.region, request.from, request.to));
      case 'advise':
        return this.#heat.advise(request.region, request.from, request.to, request.advice);
      case 'heat':
        return this.#heat.watch(request.plan);
      case 'priority':
        return this.#priority.set(request.raised);
      case 'close':
        return this.#close();
    }
  }

  /**
   * Registers one migrator at a time. A second one that is refused must not change the settings and threads of the
   * first. Resolves to its name, because a module's migrator names itself.
   */
  #register(message: MigratorMessage): Promise<string> {
    const next = this.#registering.then(() => this.#makeAndRegister(message));
    this.#registering = next.catch(() => undefined);
    return next;
  }

  async #makeAndRegister(message: MigratorMessage): Promise<string> {
    // Before anything is started for it.
    this.#registry.checkFree();
    const migrator = await this.#provider.make(message);
    try {
      this.#registry.register(migrator);
      this.#recorder.migrator('register', migrator.name);
      return migrator.name;
    } catch (error) {
      await migrator.owner?.release();
      throw error;
    }
  }

  async #unregister(name: string): Promise<void> {
    await this.#registry.unregister(name);
    this.#recorder.migrator('unregister', name);
  }

  async #discard(region: number, from: number, to: number): Promise<void> {
    const queued = this.#engine.discard(region, from, to);
    if (queued !== undefined) await this.#start(queued);
    // Earlier advice was on the old content.
    this.#heat.advise(region, from, to, ADVICE.none);
  }

  async #close(): Promise<void> {
    this.#engine.stop('the ferry was closed');
    const { active } = this.#registry;
    if (active !== undefined) await this.#unregister(active.name);
    // If a device does not become idle, its memory stays mapped (LinuxMachine.close), and `close` continues.
    const limit = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS).unref());
    await Promise.race([this.#provider.close(), limit]);
    this.#engine.close();
    this.#disarm?.();
    // They end with this thread.
    await threadsLoaded();
  }

  /** Read between batches: whether there is mail, or the process is exiting. */
  #interrupted(): boolean {
    const control = this.#control;
    return Atomics.load(control, CONTROL_MAIL) !== this.#mail || Atomics.load(control, CONTROL_STOP) !== 0;
  }

  #start<T>(result: Promise<T>): Promise<T> {
    if (this.#recorder.on) this.#publishUsage(false);
    this.#schedule();
    return result;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#engine.busy) this.#waitForMail();
      if (this.#engine.busy) this.#work();
    });
  }

  /**
   * Stays awake for the next request, which often follows at once. It takes the request here, so that the migration
   * runs in the same turn of the event loop. Each wait is a turn of its own, after timers, messages and promises.
   */
  #waitForMail(): void {
    if (!this.#linger.waitForMail(this.#mail)) {
      // The event loop may sleep now, so the published usage has to be exact.
      this.#publishUsage();
      return;
    }
    let mail: { readonly message: unknown } | undefined;
    do {
      // The owner counts a message after posting it. So a message that this loop misses changes the count again.
      this.#mail = Atomics.load(this.#control, CONTROL_MAIL);
      mail = receiveMessageOnPort(this.#port);
      if (mail !== undefined) this.#receive(mail.message as RequestMessage | RecordNumber);
    } while (mail !== undefined);
    // The message was not a migration, or the event loop has taken it already.
    if (!this.#engine.busy) this.#schedule();
  }

  /**
   * Runs batches until there is mail, or until the turn is over. The thread sets BUSY before it reads STOP, and the
   * owner sets STOP before it reads BUSY. So at least one of them sees the other. BUSY stays set between turns while a
   * region is registered, because a thread could wait there for a page that was never touched.
   */
  #work(): void {
    const control = this.#control;
    this.#mail = Atomics.load(control, CONTROL_MAIL);
    Atomics.store(control, CONTROL_BUSY, 1);
    try {
      this.#engine.work(this.#machine.now() + TURN_NS);
      if (Atomics.load(control, CONTROL_STOP) !== 0) this.#engine.stop('the process is exiting');
    } catch (error) {
      this.#fail(error);
    }
    Atomics.store(control, CONTROL_BUSY, this.#engine.busy ? 1 : 0);
    // Not after every turn: this reads the host's free memory, which takes a while.
    if (performance.now() > this.#published + USAGE_MS) this.#publishUsage();
    // Also when there is no work left, to wait for the next request once the replies are out.
    this.#schedule();
  }

  /**
   * After an unexpected exception: pages in flight return by the journal. Then this thread ends, and with it the ferry
   * (see ThreadClient).
   */
  #fail(error: unknown): never {
    this.#machine.abandon();
    Atomics.store(this.#control, CONTROL_BUSY, 0);
    throw error;
  }

  /** @param askHost whether to read the host's free memory: see LinuxMachine.usage. */
  #publishUsage(askHost = true): void {
    if (askHost) this.#published = performance.now();
    for (const [node, { id }] of this.#nodes.entries()) {
      const known = askHost ? undefined : this.#usage[node * 2 + 1]!;
      const { bytesPooled, bytesFree } = this.#machine.usage(node, known);
      this.#usage[node * 2] = bytesPooled;
      this.#usage[node * 2 + 1] = bytesFree;
      this.#recorder.pool(id, bytesPooled, bytesFree);
    }
  }
}

function errorMessage(error: unknown): ErrorMessage {
  if (error instanceof MigrationError) {
    return {
      errno: -error.errno,
      message: error.problem,
      argument: error.argument,
      advice: error.advice,
    };
  }
  return {
    errno: 5,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    argument: undefined,
    advice: undefined,
  };
}

if (!isMainThread && parentPort !== null) {
  libc();
  modulesLoaded();
  const port = parentPort;
  const options = workerData as ThreadOptions;
  adoptCode(options.code);
  try {
    const { wrapMachine: href } = options;
    const tested = href === undefined ? undefined : ((await import(href)) as TestModule);
    new MigrationThread(port, options, tested);
  } catch (error) {
    port.postMessage({ ready: false, error: errorMessage(error) } satisfies StartMessage);
    port.close();
  }
}
