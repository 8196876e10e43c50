import { formatSize } from '../../common/size.js';
import type { MigrateReason } from '../../mm/reason.js';
import type { Chart } from '../../report/chart.js';
import type { Sheet } from '../../report/sheet.js';
import type { BreakevenRow, BreakevenSettings } from '../../sim/experiments/breakeven.js';
import type { CallerBatch } from '../../sim/experiments/caller-batch.js';
import { right } from '../ui/table.js';

export interface BreakevenReport {
  readonly profile: string;
  readonly options: Pick<BreakevenSettings, 'migrator'> & {
    readonly reason: MigrateReason;
    readonly channels: number;
    readonly threads: number;
    readonly hogs: number;
    readonly copyMode: string;
    /** Bytes of the largest batch that was tried. */
    readonly maxBytes: number;
  };
  readonly rows: readonly BreakevenRow[];
  readonly caller: CallerBatch | undefined;
}

/** The smallest batch that pays by folio size, and the cost of a caller's own batch. */
export function breakevenSheet(report: BreakevenReport): Sheet {
  const { profile, options, rows, caller } = report;
  const { reason, maxBytes, hogs, copyMode } = options;
  const others = [
    ...(copyMode === 'exclusive' ? [] : [copyMode]),
    ...(hogs === 0 ? [] : [`${hogs} hog${hogs === 1 ? '' : 's'}`]),
  ];
  return {
    title: 'pageferry sim breakeven',
    summary: [
      `Smallest batches for which ${offloadOf(options)} is better than the baseline, reason ${reason}`,
      ...others,
      `profile ${profile}, virtual time`,
    ].join(', '),
    charts: [batchChart(rows), ...(caller === undefined ? [] : [callerChart(reason, caller)])],
    tables: [
      {
        caption: 'The smallest batch that pays',
        columns: right('folio', 'faster from', 'batch', 'less CPU from', 'batch'),
        rows: rows.map(({ folio, timeFolios, cpuFolios }) => [
          formatSize(folio),
          ...batch(folio, timeFolios),
          ...batch(folio, cpuFolios),
        ]),
      },
    ],
    notes: [
      ...(caller === undefined ? [] : [verdict(reason, caller)]),
      `batches of up to ${formatSize(maxBytes)} were tried; never: no batch pays`,
    ],
  };
}

function offloadOf({ migrator, channels, threads }: BreakevenReport['options']): string {
  if (migrator === 'dcbm') return `dcbm, ${channels} ch,`;
  return migrator === 'mtcopy' ? `mtcopy, ${threads} threads,` : migrator;
}

function batchChart(rows: readonly BreakevenRow[]): Chart {
  const kilobytes = (folio: number, folios: number | null): number | null =>
    folios === null ? null : (folio * folios) / 1024;
  return {
    title: 'The smallest batch that pays; no bar: no batch pays',
    unit: 'KiB',
    axis: 'folio size',
    categories: rows.map(({ folio }) => formatSize(folio)),
    nominal: true,
    scale: 'log',
    series: [
      { name: 'faster', values: rows.map(({ folio, timeFolios }) => kilobytes(folio, timeFolios)) },
      { name: 'less CPU', values: rows.map(({ folio, cpuFolios }) => kilobytes(folio, cpuFolios)) },
    ],
  };
}

function callerChart(reason: MigrateReason, { folio, folios, baseline, offloaded }: CallerBatch): Chart {
  const values = ({ wallNs, cpuNs }: CallerBatch['baseline']): number[] => [wallNs / 1000, cpuNs / 1000];
  return {
    title: `The batch of ${reason}: ${folios} folio${folios === 1 ? '' : 's'} of ${formatSize(folio)}`,
    unit: 'µs',
    axis: 'cost',
    categories: ['time', 'CPU'],
    nominal: true,
    series: [
      { name: 'baseline', values: values(baseline) },
      { name: 'offloaded', values: values(offloaded) },
    ],
  };
}

function batch(folio: number, folios: number | null): [string, string] {
  if (folios === null) return ['never', ''];
  return [`${folios} folio${folios === 1 ? '' : 's'}`, formatSize(folio * folios)];
}

/** The RFC's inference, in words. */
function verdict(reason: MigrateReason, { folio, folios, source, baseline, offloaded }: CallerBatch): string {
  const time = offloaded.wallNs / baseline.wallNs - 1;
  const cpu = offloaded.cpuNs / baseline.cpuNs - 1;
  const says = (change: number, more: string, less: string): string =>
    `${Math.abs(change * 100).toFixed(1)} % ${change > 0 ? more : less}`;
  return (
    `${reason} migrates ${folios} folio${folios === 1 ? '' : 's'} at once (${source}); of ${formatSize(folio)} that takes ` +
    `${(baseline.wallNs / 1000).toFixed(1)} µs, offloaded ${(offloaded.wallNs / 1000).toFixed(1)} µs: ` +
    `${says(time, 'slower', 'faster')}, ${says(cpu, 'more CPU', 'less CPU')}`
  );
}
