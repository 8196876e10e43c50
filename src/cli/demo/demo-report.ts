import type { Host } from '../../bench/harness/host.js';
import { WaitHistogram } from '../../bench/harness/wait-histogram.js';
import { gigabytesPerSecond } from '../../common/summary.js';
import { COPY_MODES, type CopyMode } from '../../mm/copy-mode.js';
import type { LoadRole } from './load-protocol.js';
import type { DemoOutcome } from './run-demo.js';
import type { ModeTotal } from './to-and-fro.js';

/** How long accesses took, in microseconds. An access to a page in flight waits for its batch. */
export interface Waits {
  readonly p50us: number;
  readonly p99us: number;
  readonly maxus: number;
  readonly p9999us: number;
}

/** The migrations of one copy mode, and the accesses that were done while they went on. */
export interface DemoMode {
  readonly copyMode: CopyMode;
  readonly bytesMoved: number;
  readonly GBps: number;
  readonly reader: Waits;
  readonly writer: Waits;
}

/** What `pageferry demo --json` prints. */
export interface DemoReport {
  readonly schema: 'pageferry.demo/1';
  readonly host: Host;
  readonly bytesMoved: number;
  readonly GBps: number;
  readonly updates: number;
  /** Updates that are not in the memory, or are there twice, and places with impossible values. */
  readonly lost: number;
  readonly reader: Waits;
  readonly writer: Waits;
  readonly foliosFailed: number;
  /** By turns; only what this host can do. */
  readonly modes: readonly DemoMode[];
  /** Whether this host's userfaultfd can write-protect, as `copyMode: 'write-protected'` needs. */
  readonly canWriteProtect: boolean;
}

export function demoReport(outcome: DemoOutcome): DemoReport {
  const { host, modes, updates, found, damaged, foliosFailed, canWriteProtect } = outcome;
  const sum = (of: (mode: ModeTotal) => number) => modes.reduce((total, mode) => total + of(mode), 0);
  const [bytesMoved, durationNs] = [sum((mode) => mode.bytesMoved), sum((mode) => mode.durationNs)];
  return {
    schema: 'pageferry.demo/1',
    host,
    bytesMoved,
    GBps: gigabytesPerSecond(bytesMoved, durationNs),
    updates,
    lost: Math.abs(updates - found) + damaged,
    reader: waits(outcome, 'reader'),
    writer: waits(outcome, 'writer'),
    foliosFailed,
    modes: modes.map((mode) => ({
      copyMode: mode.copyMode,
      bytesMoved: mode.bytesMoved,
      GBps: gigabytesPerSecond(mode.bytesMoved, mode.durationNs),
      reader: waits(outcome, 'reader', mode.copyMode),
      writer: waits(outcome, 'writer', mode.copyMode),
    })),
    canWriteProtect,
  };
}

/** Of one copy mode, or of all. */
function waits({ threads }: DemoOutcome, role: LoadRole, only?: CopyMode): Waits {
  const all = new WaitHistogram();
  for (const thread of threads) {
    if (thread.role !== role) continue;
    for (const [mode, times] of thread.times.entries()) {
      if (only === undefined || COPY_MODES[mode] === only) all.add(times);
    }
  }
  return {
    p50us: all.percentile(50) / 1000,
    p99us: all.percentile(99) / 1000,
    maxus: all.maxNs / 1000,
    p9999us: all.percentile(99.99) / 1000,
  };
}
