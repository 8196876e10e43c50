import { emulationNote, type Host } from '../../bench/harness/host.js';
import { gigabytesPerSecond } from '../../common/summary.js';
import { WaitHistogram } from '../../common/wait-histogram.js';
import { COPY_MODES, type CopyMode } from '../../mm/copy-mode.js';
import { noteLines } from '../ui/sheet-text.js';
import type { ModeTotal } from './back-and-forth.js';
import type { LoadRole } from './load-protocol.js';
import type { DemoOutcome } from './run-demo.js';

/** How long accesses took, in microseconds. An access to a page in flight waits for its batch. */
export interface Waits {
  readonly p50us: number;
  readonly p99us: number;
  readonly maxus: number;
  readonly p9999us: number;
}

/** The migrations of one copy mode, and the accesses during them. */
export interface DemoMode {
  readonly copyMode: CopyMode;
  readonly bytesMoved: number;
  readonly GBps: number;
  readonly reader: Waits;
  readonly writer: Waits;
}

/** The report of `pageferry demo --json`. */
export interface DemoReport {
  readonly schema: 'pageferry.demo/1';
  readonly host: Host;
  readonly bytesMoved: number;
  readonly GBps: number;
  readonly updates: number;
  /** Updates that are missing or were made twice, and places with impossible values. */
  readonly lost: number;
  readonly reader: Waits;
  readonly writer: Waits;
  readonly foliosFailed: number;
  /** The copy modes that this host supports, which alternate. */
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

/** The waits of one copy mode, or of all. */
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

/** The outcome for a terminal. */
export function formatDemo(report: DemoReport, outcome: DemoOutcome): string {
  const { host, modes, canWriteProtect } = report;
  const migrations = outcome.modes.reduce((total, mode) => total + mode.migrations, 0);
  const emulation = emulationNote(host);
  const notes = [
    ...(emulation === undefined ? [] : [emulation]),
    'a wait is the time of one access, both clock reads included; only an access to a page in ' +
      'flight waits for the migration',
    ...(outcome.threads.length + 1 > host.cpus
      ? [
          `${outcome.threads.length} threads and the migration share ${host.cpus} CPUs: ` +
            'the longest waits are also waits for a CPU',
        ]
      : []),
    ...(canWriteProtect
      ? [
          'migrations were alternately exclusive (a batch is unmapped during its copy) and write-protected ' +
            '(only writers wait for the copy)',
        ]
      : ["nothing was write-protected: this host's userfaultfd cannot write-protect"]),
  ];
  return [
    `moved          ${(report.bytesMoved / 1e9).toFixed(1)} GB in ${migrations} migrations`,
    ...modes.map(
      ({ copyMode, GBps }, i) =>
        `${i === 0 ? 'throughput    ' : ''.padEnd(14)} ${way(copyMode)} ${GBps.toFixed(2)} GB/s`,
    ),
    `folios failed  ${number(report.foliosFailed)}${failures(outcome)}`,
    `updates made   ${number(report.updates)}`,
    `updates lost   ${number(report.lost)}${report.lost === 0 ? '' : lossDetails(outcome)}`,
    `went backwards ${number(outcome.backwards)}`,
    ...modes.map(({ copyMode, reader }) => `reader waits   ${way(copyMode)} ${formatWaits(reader)}`),
    ...modes.map(({ copyMode, writer }) => `writer waits   ${way(copyMode)} ${formatWaits(writer)}`),
    '',
    ...noteLines(notes),
  ].join('\n');
}

function way(copyMode: string): string {
  return copyMode.padEnd(15);
}

function failures({ errnos }: DemoOutcome): string {
  return errnos.length === 0 ? '' : ` (${errnos.join(', ')}; they stayed in place, undamaged)`;
}

function lossDetails({ updates, found, damaged }: DemoOutcome): string {
  return ` (${number(updates - found)} not found, ${number(damaged)} places damaged)`;
}

function formatWaits({ p50us, p9999us, maxus }: Waits): string {
  return `p50 ${time(p50us)}, p99.99 ${time(p9999us)}, longest ${time(maxus)}`;
}

function time(microseconds: number): string {
  return microseconds < 1000 ? `${microseconds.toFixed(1)} µs` : `${(microseconds / 1000).toFixed(1)} ms`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
