import { debuglog } from 'node:util';
import { fillCounters } from '../../bench/harness/counters.js';
import { describeHost, type Host, POOL_SLACK } from '../../bench/harness/host.js';
import { MigrationError } from '../../common/migration-error.js';
import { formatSize } from '../../common/size.js';
import type { MigratorOption } from '../../ferry/migrator-options.js';
import { openFerry } from '../../ferry/open-ferry.js';
import { availableBytes } from '../../linux/sys/topology.js';
import { COPY_MODES } from '../../mm/copy-mode.js';
import { type DemoEvents, type FerryTotal, migrateBackAndForth } from './back-and-forth.js';
import { countLoad, LiveLoad, type LoadCount, type LoadThread } from './live-load.js';

export const DEMO_MIGRATORS = ['none', 'cpu', 'mtcopy', 'dcbm'] as const;
export type DemoMigrator = (typeof DEMO_MIGRATORS)[number];

export interface DemoOptions {
  readonly bytes: number;
  readonly seconds: number;
  readonly folio: number;
  readonly migrator: DemoMigrator;
  /** DMA channels of dcbm; undefined: its default. */
  readonly channels?: number;
  /** Copy threads of mtcopy; undefined: its default. */
  readonly threads?: number;
  /** Largest batch, in bytes. */
  readonly batchBytes: number;
  /** Threads of the program. */
  readonly loadThreads: number;
}

export interface DemoOutcome extends FerryTotal, LoadCount {
  readonly host: Host;
  readonly threads: readonly LoadThread[];
  /** Whether some migrations were write-protected: this host's userfaultfd can write-protect. */
  readonly canWriteProtect: boolean;
}

/** Left to threads, heaps and the pools' reserve. */
const HEADROOM = 256 * 2 ** 20;

const debug = debuglog('pageferry');

/**
 * Migrates a buffer back and forth while threads read and update it, until the time is over or `signal`
 * aborts; then counts whether every update is there.
 * @throws MigrationError when this host cannot.
 */
export async function runDemo(
  options: DemoOptions,
  signal: AbortSignal,
  events: DemoEvents,
): Promise<DemoOutcome> {
  const host = describeHost();
  checkRoom(options.bytes, host);
  const ferry = await openFerry({ batchBytes: options.batchBytes, poolBytes: options.bytes + POOL_SLACK });
  const buffer = new SharedArrayBuffer(options.bytes);
  const counters = new Int32Array(buffer);
  let load: LiveLoad | undefined;
  try {
    const migrator = migratorOption(options);
    if (migrator !== undefined) await ferry.registerMigrator(migrator);
    const region = ferry.adopt(buffer, { folioSize: options.folio });
    fillCounters(counters);
    await ferry.prefill({
      node: ferry.nodeIds[1]!,
      bytes: options.bytes + Math.min(POOL_SLACK, options.folio * 2),
      folioSize: options.folio,
    });
    load = await LiveLoad.start(buffer, options.loadThreads);
    load.go();
    debug('the load is running');
    const { seconds } = options;
    const canWriteProtect = ferry.capabilities.writeProtection;
    const copyModes = COPY_MODES.filter((name) => name === 'exclusive' || canWriteProtect);
    const running = load;
    const moved = await migrateBackAndForth(ferry, region, { seconds, copyModes }, signal, {
      onProgress: events.onProgress,
      onMode: (mode) => running.setMode(mode),
    });
    const threads = await load.stop();
    // Closed first: the program keeps what is counted.
    await ferry.close();
    return { host, threads, canWriteProtect, ...moved, ...countLoad(counters, threads) };
  } finally {
    // Pages first: a thread that waits for a page cannot be ended.
    await ferry.close();
    await load?.terminate();
  }
}

function migratorOption({ migrator, channels, threads }: DemoOptions): MigratorOption | undefined {
  if (migrator === 'none') return undefined;
  if (migrator === 'mtcopy' && threads !== undefined) return { name: migrator, threads };
  return migrator === 'dcbm' && channels !== undefined ? { name: migrator, channels } : { name: migrator };
}

/** Checks that the buffer, and the pages that it moves to, fit. */
function checkRoom(size: number, { nodes }: Host): void {
  const [from, to] = nodes as [Host['nodes'][0], Host['nodes'][0]];
  const shared = from.numaNode === to.numaNode;
  const room = Math.min(...[from, to].map(({ numaNode }) => availableBytes(numaNode) - HEADROOM));
  const fits = Math.floor(room / (shared ? 2 : 1) / 2 ** 20) * 2 ** 20;
  if (size <= fits) return;
  throw new MigrationError(
    'ENOMEM',
    `--bytes: a buffer of ${formatSize(size)} and a copy of it do not fit into memory`,
    {
      operation: 'demo',
      argument: '--bytes',
      advice: fits > 0 ? `Use --bytes ${fits / 2 ** 20}M or less.` : 'Free some memory.',
    },
  );
}
