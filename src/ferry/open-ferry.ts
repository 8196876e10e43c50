import { availableParallelism } from 'node:os';
import { errorOf, MigrationError } from '../common/migration-error.js';
import { PAGE_SIZE } from '../common/page.js';
import { loadedCode } from '../linux/code/machine-code.js';
import { streamingCopy } from '../linux/code/streaming-copy.js';
import { Journal } from '../linux/rescue/journal.js';
import { lastActRoutine } from '../linux/rescue/last-act.js';
import { basePagesRefused } from '../linux/sys/base-pages.js';
import { MemoryMap } from '../linux/sys/memory-map.js';
import { endThread } from '../linux/threads/engine-worker.js';
import { eventReaderRoutine } from '../linux/userfaultfd/event-reader.js';
import { STAT_CELLS } from '../mm/stats.js';
import { Settings } from '../offload/settings.js';
import { EventRing } from '../trace/event-ring.js';
import { processClaims } from './claims.js';
import { Ferry } from './ferry.js';
import { FERRY_OPENED } from './ferry-opened.js';
import { takeWay } from './give-way.js';
import { MigratorCounters } from './migrator-counters.js';
import { type FerryOptions, fillFerryOptions } from './options.js';
import { controlBytes } from './thread/control.js';
import { recordMemory } from './thread/migration-record.js';
import type { ThreadOptions } from './thread/protocol.js';
import { type StartedThread, startThread } from './thread/thread-client.js';

/**
 * Opens a ferry: starts its migration thread, gets a userfaultfd and sets up a pool for each node.
 *
 * @throws {@link MigrationError} ENOSYS: not Linux on x64 or arm64, base pages other than 4 KiB, or a kernel before
 * 6.8. EPERM: this process may not use userfaultfd. The message says how to permit it. ENODEV: unknown NUMA node.
 * EMFILE, ENOMEM: a limit of the process. EINVAL: a bad option.
 * @example
 * ```ts
 * import { openFerry } from 'pageferry';
 *
 * const ferry = await openFerry({ poolBytes: 128 * 2 ** 20 });
 * console.log(ferry.nodes);
 * await ferry.close();
 * ```
 */
export async function openFerry(options: FerryOptions = {}): Promise<Ferry> {
  await takeWay();
  return openFerryWith(options, {});
}

/** Options that programs cannot choose. */
interface InternalOptions extends Pick<ThreadOptions, 'wrapMachine'> {
  /**
   * With a user-mode-only userfaultfd, system calls of the program can fail. `warn`: the process emits a warning.
   * `refuse`: opening fails.
   */
  readonly userModeOnly?: 'warn' | 'refuse';
}

/** `openFerry` with options that programs cannot choose. */
export async function openFerryWith(options: FerryOptions, internal: InternalOptions): Promise<Ferry> {
  try {
    return await open(options, internal);
  } catch (error) {
    throw errorOf('openFerry', error);
  }
}

async function open(
  options: FerryOptions,
  { wrapMachine, userModeOnly = 'warn' }: InternalOptions,
): Promise<Ferry> {
  const refused = basePagesRefused();
  if (refused !== undefined) {
    const { problem, advice } = refused;
    throw new MigrationError('ENOSYS', problem, { operation: 'openFerry', advice });
  }
  const filled = fillFerryOptions(options);
  const batchPages = filled.batchBytes / PAGE_SIZE;
  const control = new SharedArrayBuffer(controlBytes(filled.nodes.length));
  const stats = new SharedArrayBuffer(STAT_CELLS * Float64Array.BYTES_PER_ELEMENT);
  const settings = new Settings();
  settings.set('reason_mask', filled.reasonMask);
  settings.set('mtcopy_threads', Math.min(64, availableParallelism()));
  const counters = new SharedArrayBuffer(MigratorCounters.bytes);
  const events = new EventRing();
  // Loaded on this thread, so that each is loaded once a process. Pages of code are never freed.
  lastActRoutine();
  eventReaderRoutine();
  streamingCopy();
  processClaims();
  const map = new MemoryMap('openFerry');
  const threadOptions: ThreadOptions = {
    code: loadedCode(),
    nodes: filled.nodes.map(({ id, numaNode, capacityBytes }) => ({
      id,
      numaNode,
      capacityPages: Number.isFinite(capacityBytes) ? Math.floor(capacityBytes / PAGE_SIZE) : capacityBytes,
    })),
    batchPages,
    maxPoolPages: Math.ceil(filled.poolBytes / PAGE_SIZE),
    settings: settings.buffer,
    counters,
    events: events.buffer,
    copy: filled.copy,
    audit: filled.audit,
    control,
    records: recordMemory(),
    journal: new SharedArrayBuffer(Journal.bytes(batchPages)),
    stats,
    wrapMachine,
  };
  const thread = await startOr(() => map.close(), threadOptions, filled.keepAlive);
  if (thread.access === 'user-mode-only' && userModeOnly === 'refuse') {
    await endThread(thread.worker);
    map.close();
    const problem = 'this process has permission only for a user-mode-only userfaultfd';
    throw new MigrationError('EPERM', problem, {
      operation: 'openFerry',
      advice: 'Permit a full userfaultfd (pageferry doctor shows how).',
    });
  }
  if (thread.access === 'user-mode-only') {
    process.emitWarning('system calls that touch a page in flight fail with EFAULT instead of waiting', {
      code: 'PAGEFERRY_USER_MODE_ONLY',
      detail:
        'This process has permission only for a user-mode-only userfaultfd. Do not pass migrated buffers to read(2), ' +
        'write(2) and similar calls, or permit a full userfaultfd (pageferry doctor shows how).',
    });
  }
  const shared = { control, stats, settings, counters: new MigratorCounters(counters), events };
  const ferry = new Ferry(filled, thread, map, shared);
  FERRY_OPENED.publish({ ferry });
  return ferry;
}

/** Starts the migration thread. Calls `otherwise` if that fails. */
async function startOr(
  otherwise: () => void,
  options: ThreadOptions,
  keepAlive: boolean,
): Promise<StartedThread> {
  try {
    return await startThread(options, keepAlive);
  } catch (error) {
    otherwise();
    throw error;
  }
}
