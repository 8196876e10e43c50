import { emulationNote } from '../../../bench/harness/host.js';
import type { StallReport, StallRow } from '../../../bench/stall/report.js';

/** What a reader of the figures must know, a sentence each. */
export function stallNotes(report: StallReport): string[] {
  const { host, clocks, rows, elsewhere, notes } = report;
  const all = [...rows, ...elsewhere];
  const sum = (of: (row: StallRow) => number) => all.reduce((total, row) => total + of(row), 0);
  const emulation = emulationNote(host);
  const costs = clocks.map(
    ({ role, clock, costNs }) => `${costNs.toFixed(0)} ns of a ${role}'s clock (${clock})`,
  );
  return [
    [
      `updates lost: ${sum(({ updatesLost }) => updatesLost)}`,
      `values that cannot be: ${sum(({ wrongValues }) => wrongValues)}`,
      `folios failed: ${sum(({ foliosFailed }) => foliosFailed)}`,
    ].join(', '),
    `in every wait: ${costs.join(', ')}`,
    aboutTheLongest(report),
    'ratios are medians, round by round',
    ...(emulation === undefined ? [] : [emulation]),
    ...notes,
  ];
}

/** Whose waits the longest are. */
function aboutTheLongest({ host, options, rows }: StallReport): string {
  const { readers, writers, together } = options;
  const program = together ? readers + writers : Math.max(readers, writers);
  const copying = rows.map(({ migrator, threads, channels }) =>
    migrator === 'dcbm' ? 1 + channels : threads,
  );
  const threads = program + Math.max(...copying);
  return threads > host.cpus
    ? `up to ${threads} threads, the migration's included, share ${host.cpus} CPUs: the longest waits are waits for a ` +
        "CPU, too; 'elsewhere' says how long those are"
    : "the longest waits of 'none' and 'elsewhere' are not for pages: this host has other work, too";
}
