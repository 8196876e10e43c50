import { emulationNote } from '../../bench/harness/host.js';
import { wrap } from '../ui/wrap.js';
import type { DemoReport, Waits } from './demo-report.js';
import type { DemoOutcome } from './run-demo.js';

/** The outcome for people. */
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
    ...notes.map((note) => `- ${wrap(note, 2)}`),
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
