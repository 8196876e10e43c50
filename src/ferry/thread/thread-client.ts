import type { Worker } from 'node:worker_threads';
import { clearInterval, setInterval } from '../../common/host-timers.js';
import { errorOf, MigrationError } from '../../common/migration-error.js';
import type { MigrationEnd } from '../../engine/migrate-result.js';
import type { MigratePlan } from '../../engine/plan.js';
import { JOURNAL_LIVE, JOURNAL_STUCK, Journal } from '../../linux/rescue/journal.js';
import { rescue } from '../../linux/rescue/journal-rescue.js';
import { ReaderWatch } from '../../linux/rescue/reader-watch.js';
import { endThread } from '../../linux/threads/engine-worker.js';
import { cannotStart, newWorker } from '../../linux/threads/start-thread.js';
import { Userfaultfd } from '../../linux/userfaultfd/userfaultfd.js';
import { CONTROL_BUSY, CONTROL_STOP, controlWords } from './control.js';
import { Doorbell } from './linger.js';
import { MigrationRecord, migrationRecords } from './migration-record.js';
import type {
  EjectedMessage,
  ErrorMessage,
  RecordNumber,
  ReplyMessage,
  Request,
  RequestMessage,
  StartMessage,
  ThreadOptions,
} from './protocol.js';

/** The public call behind each request. `parameters.set` names itself: see parameter-tree.ts. */
const CALLS: Readonly<Record<Request['op'], string>> = {
  attach: 'adopt',
  replace: 'migrate',
  detach: 'release',
  devicesAtRest: 'release',
  migrate: 'migrate',
  movePages: 'movePages',
  register: 'registerMigrator',
  unregister: 'unregisterMigrator',
  settingsChanged: 'parameters.set',
  resetCounter: 'parameters.set',
  prefill: 'prefill',
  discard: 'advise',
  pageOut: 'pageOut',
  advise: 'advise',
  heat: 'heat',
  priority: 'startAutopilot',
  close: 'close',
};

interface Pending {
  readonly op: Request['op'];
  readonly keepsAlive: boolean;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Milliseconds that an exiting process waits for batches in flight, at most. */
const PARK_LIMIT_MS = 10_000;

/** Milliseconds between two polls of the event reader while replies are pending. */
const WATCH_MS = 250;

export interface StartedThread
  extends Pick<Extract<StartMessage, { ready: true }>, 'access' | 'canWriteProtect'> {
  readonly worker: Worker;
  readonly options: ThreadOptions;
  readonly keepAlive: boolean;
}

export interface ThreadOwner {
  /** The thread has ended unexpectedly. No page of the program is in flight. */
  died(error: MigrationError): void;
  /** A migrator was unregistered after too many failed batches in a row. */
  ejected(message: EjectedMessage): void;
}

/** @throws MigrationError if the thread does not start. */
export async function startThread(options: ThreadOptions, keepAlive = true): Promise<StartedThread> {
  const worker = newWorker(
    new URL('./migration-thread.js', import.meta.url),
    {
      workerData: options,
      name: 'pageferry',
      // Without the program's loaders and flags.
      execArgv: [],
    },
    'openFerry',
  );
  if (!keepAlive) worker.unref();
  const message = await new Promise<StartMessage>((resolve, reject) => {
    const failed = (cause: unknown): void => reject(cannotStart('the migration thread', 'openFerry', cause));
    const ended = (code: number): void => failed(new Error(`the thread exited with code ${code}`));
    worker.once('message', (first) => {
      worker.off('error', failed).off('exit', ended);
      resolve(first);
    });
    worker.on('error', failed).on('exit', ended);
  });
  if (!message.ready) throw fromMessage(message.error, 'openFerry');
  const { access, canWriteProtect } = message;
  return { worker, options, keepAlive, access, canWriteProtect };
}

/** The owner's side of the migration thread: requests and replies, and the end of either side. */
export class ThreadClient {
  readonly access: 'syscall' | 'device' | 'user-mode-only';
  /** Whether its machine can write-protect: see WriteProtectPort. */
  readonly canWriteProtect: boolean;
  readonly #worker: Worker;
  readonly #control: Int32Array;
  readonly #doorbell: Doorbell;
  readonly #journal: Journal;
  readonly #pending = new Map<number, Pending>();
  /** Pending requests that keep the process alive. */
  #keepers = 0;
  readonly #records: readonly MigrationRecord[];
  /** Free records. The one that was used last is taken first, because it is in the cache. */
  readonly #freeRecords: MigrationRecord[];
  readonly #owner: ThreadOwner;
  readonly #keepAlive: boolean;
  readonly #watch: ReaderWatch;
  /** Polls the event reader while requests are pending. */
  #watching: NodeJS.Timeout | undefined;
  #closing = false;
  /** The migration thread's userfaultfd, for `watch`. */
  #watched: Userfaultfd | undefined;
  #nextId = 1;
  #death: MigrationError | undefined;

  /** @param started a thread without another client. */
  constructor({ worker, options, keepAlive, access, canWriteProtect }: StartedThread, owner: ThreadOwner) {
    this.#worker = worker;
    this.#owner = owner;
    this.#keepAlive = keepAlive;
    this.#control = controlWords(options.control);
    this.#doorbell = new Doorbell(this.#control);
    this.#records = migrationRecords(options.records);
    this.#freeRecords = [...this.#records];
    this.#journal = new Journal(options.journal);
    this.#watch = new ReaderWatch(this.#journal);
    this.access = access;
    this.canWriteProtect = canWriteProtect;
    worker.on('message', (message: ReplyMessage | RecordNumber | EjectedMessage) => {
      if (typeof message === 'number') this.#resolveRecord(this.#records[message]!);
      else if ('event' in message) this.#owner.ejected(message);
      else this.#resolve(message);
    });
    worker.on('error', (cause) => this.#died(cause));
    worker.on('exit', (code) => this.#died(`the thread exited with code ${code}`));
    // An exiting process ends its workers wherever they are. Threads that wait for a page in flight would then sleep
    // forever, and so would the exit.
    parkAtExit(this);
    worker.unref();
  }

  /** The reason for which the thread has ended. Undefined while it runs. */
  get death(): MigrationError | undefined {
    return this.#death;
  }

  /** Whether the kernel reports changes of registered mappings: the userfaultfd has events, and a reader for them. */
  get tellsChanges(): boolean {
    return this.#journal.reader !== 0;
  }

  /**
   * From now on the kernel reports if a range of memory is unmapped. Threads do not wait there. Returns 0 or a negative
   * errno. Only for the thread that owns the memory.
   */
  watch(address: number, bytes: number): number {
    if (this.#death !== undefined || this.#journal.state !== JOURNAL_LIVE) return 0;
    return this.#userfaultfd.register(address, bytes, this.canWriteProtect ? 'protected' : 'missing');
  }

  /** Ends `watch`. */
  unwatch(address: number, bytes: number): void {
    if (this.#death !== undefined || this.#journal.state !== JOURNAL_LIVE) return;
    this.#userfaultfd.unregister(address, bytes);
  }

  get #userfaultfd(): Userfaultfd {
    this.#watched ??= Userfaultfd.adopt(this.#journal.descriptor, undefined);
    return this.#watched;
  }

  /**
   * Sends a request. Resolves to the value of its reply. It keeps the process alive until then if the ferry
   * may, and `keepsAlive`.
   */
  request(request: Request, keepsAlive = true): Promise<unknown> {
    return this.#post(request.op, (id) => ({ ...request, id }) satisfies RequestMessage, keepsAlive);
  }

  /**
   * Takes a record for one migration. Give it back when the migration is over and its progress is not read any more.
   */
  takeRecord(): MigrationRecord {
    const record = this.#freeRecords.pop() ?? new MigrationRecord();
    record.reset();
    return record;
  }

  freeRecord(record: MigrationRecord): void {
    if (record.index >= 0) this.#freeRecords.push(record);
  }

  /** Requests a migration. Uses its record, if the thread has it. */
  migrate(record: MigrationRecord, plan: MigratePlan): Promise<MigrationEnd> {
    const reply = this.#post('migrate', (id) => {
      if (record.index < 0) {
        return { op: 'migrate', plan, progress: record.memory, id } satisfies RequestMessage;
      }
      record.writePlan(id, plan);
      return record.index;
    });
    return reply as Promise<MigrationEnd>;
  }

  #post(
    op: Request['op'],
    message: (id: number) => RequestMessage | RecordNumber,
    keepsAlive = true,
  ): Promise<unknown> {
    // A program that awaits `close` is about to end. Its event loop must not run dry before.
    const keeps = keepsAlive && (this.#keepAlive || op === 'close');
    if (this.#death !== undefined) return Promise.reject(errorOf(CALLS[op], this.#death));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // First, because a message that cannot be posted gets no reply, and would keep the process alive forever.
      this.#worker.postMessage(message(id));
      this.#doorbell.ring();
      this.#pending.set(id, { op, keepsAlive: keeps, resolve, reject });
      // The event reader is about to end on purpose, and its memory to be freed.
      if (op === 'close') this.#closing = true;
      this.#watching ??= setInterval(() => this.#watchReader(), WATCH_MS).unref();
      if (keeps && ++this.#keepers === 1) this.#worker.ref();
    });
  }

  /** Call this once the thread has closed itself. Its end then does not count as a failure. */
  async ended(): Promise<void> {
    parked.delete(this);
    const why = this.#closed();
    await endThread(this.#worker);
    // Requests without a reply, such as a module that was still being loaded, never get one.
    this.#rejectPending(why);
  }

  /** From here on its end does not count as a failure. Its userfaultfd is closed, and no page is in flight. */
  #closed(): MigrationError {
    const details = { operation: 'ferry', advice: 'Open a new one.' };
    this.#death ??= new MigrationError('EBADF', 'the ferry is closed', details);
    return this.#death;
  }

  #resolveRecord(record: MigrationRecord): void {
    this.#resolve({ id: record.id, ok: true, value: record.readEnd() });
  }

  #resolve(message: ReplyMessage): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    // The thread ends after its reply to this request. Node may deliver this message and the thread's end together,
    // before code that awaits the reply can run.
    if (pending.op === 'close' && message.ok) this.#closed();
    this.#pending.delete(message.id);
    if (pending.keepsAlive && --this.#keepers === 0) this.#worker.unref();
    if (message.ok) pending.resolve(message.value);
    else pending.reject(fromMessage(message.error, CALLS[pending.op]));
  }

  /**
   * The thread has ended, perhaps in the middle of a batch. It has brought pages in flight back itself, if it could.
   * `rescue` brings back the others, before pending calls reject.
   */
  #died(cause: unknown): void {
    if (this.#death !== undefined) return;
    parked.delete(this);
    rescue(this.#journal);
    const stuck = this.#journal.state === JOURNAL_STUCK;
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    // An error from another thread keeps its fields, but not its class.
    const audited = cause instanceof Error && 'code' in cause && cause.code === 'EUCLEAN';
    const message = `the migration thread failed, and the ferry is closed: ${why}`;
    this.#death = new MigrationError(audited ? 'EUCLEAN' : 'EIO', message, {
      operation: 'ferry',
      advice: stuck
        ? 'A page could not be returned. Threads that access it wait forever.'
        : 'Every page is in place, with its content. Open a new ferry.',
      ...(cause instanceof Error ? { cause } : {}),
    });
    this.#rejectPending(this.#death);
    this.#owner.died(this.#death);
  }

  /** The timer stops itself. To stop it with each reply would cost each small call more than a poll. */
  #watchReader(): void {
    if (this.#pending.size > 0 && !this.#closing && this.#death === undefined) this.#watch.poll();
    else {
      clearInterval(this.#watching);
      this.#watching = undefined;
    }
  }

  #rejectPending(why: MigrationError): void {
    for (const { op, reject } of this.#pending.values()) reject(errorOf(CALLS[op], why));
    this.#pending.clear();
    this.#keepers = 0;
  }

  /** Makes the thread stop between batches, and waits until nothing is in flight. */
  park(): void {
    Atomics.store(this.#control, CONTROL_STOP, 1);
    const until = performance.now() + PARK_LIMIT_MS;
    // A thread that ended during its work stays busy forever, but then the journal is not live any more.
    const live = () => this.#journal.state === JOURNAL_LIVE;
    while (Atomics.load(this.#control, CONTROL_BUSY) !== 0 && live() && performance.now() < until) {
      Atomics.wait(this.#control, CONTROL_BUSY, 1, 1);
      if (!this.#closing) this.#watch.poll();
    }
  }
}

/** Clients to park when this process, or the worker that owns them, exits. */
const parked = new Set<ThreadClient>();
let listening = false;

function parkAtExit(client: ThreadClient): void {
  parked.add(client);
  if (listening) return;
  listening = true;
  process.on('exit', () => {
    for (const each of parked) each.park();
  });
}

function fromMessage(message: ErrorMessage, operation: string): MigrationError {
  return new MigrationError(message.errno, message.message, {
    operation,
    ...(message.argument === undefined ? {} : { argument: message.argument }),
    ...(message.advice === undefined ? {} : { advice: message.advice }),
  });
}
