import type { AutoBenchReport, AutoRow } from '../../../bench/auto/run-auto.js';
import { formatSize } from '../../../common/size.js';
import type { Summary } from '../../../common/summary.js';
import { chartOf } from '../../../report/chart-of.js';
import type { Sheet } from '../../../report/sheet.js';
import { left, right } from '../../ui/table.js';

/** `bench auto`: programs without and with pageferry/auto. */
export function autoBenchSheet({ rows, options, hugePages, notes }: AutoBenchReport): Sheet {
  const { rounds, warmUp, seconds } = options;
  return {
    title: 'pageferry bench auto',
    summary:
      `${rounds} pairs of runs, each of ${warmUp} s and then ${seconds} s that are measured; ` +
      `transparent_hugepage/enabled is '${hugePages}'`,
    charts: [
      chartOf(rows, {
        axis: 'program',
        nominal: true,
        category: ({ program }) => program,
        series: () => 'with pageferry/auto',
        title: 'Queries, times as fast',
        unit: 'x',
        value: ({ speedup }) => speedup.median,
        spread: ({ speedup }) => [speedup.min, speedup.max],
      }),
    ],
    tables: [
      {
        caption: 'milliseconds of a query (median), and how many times as fast it is',
        columns: [
          ...left('program'),
          ...right('without', 'with', 'faster', 'min', 'max'),
          ...left('verified'),
        ],
        rows: rows.map((row) => [
          row.program,
          row.without.medianMs.median.toFixed(2),
          row.with.medianMs.median.toFixed(2),
          ...spread(row.speedup),
          row.verified ? 'yes' : 'NO',
        ]),
      },
      {
        caption: 'milliseconds of CPU time of a query, and how many times less it is',
        columns: [...left('program'), ...right('without', 'with', 'less', 'min', 'max')],
        rows: rows.map((row) => [
          row.program,
          ...both(row, ({ medianCpuMs }) => medianCpuMs.median.toFixed(2)),
          ...spread(row.cpuSpeedup),
        ]),
      },
      {
        caption: 'milliseconds of slow queries, and for which batches were unmapped',
        columns: [
          ...left('program'),
          ...right('p99 without', 'with', 'max without', 'with', 'unmapped p99.9', 'max'),
        ],
        rows: rows.map((row) => [
          row.program,
          ...both(row, ({ p99Ms }) => p99Ms.median.toFixed(1)),
          ...both(row, ({ maxMs }) => maxMs.median.toFixed(1)),
          row.pauseP999ms.toFixed(2),
          row.pauseMaxms.toFixed(2),
        ]),
      },
      {
        caption: 'memory, and CPU time of the autopilot',
        columns: [
          ...left('program'),
          ...right('RSS without', 'with', 'adopted', 'moved', 'on huge pages', 'CPU'),
        ],
        rows: rows.map((row) => [
          row.program,
          ...both(row, ({ rssBytes }) => formatSize(rssBytes.median)),
          formatSize(row.adoptedBytes),
          formatSize(row.movedBytes),
          formatSize(row.hugeBytes),
          `${row.cpuPercent.toFixed(1)} %`,
        ]),
      },
    ],
    notes: [
      'CPU time: of the thread that queries. On a busy host a query also waits for a CPU',
      'faster: the median of the pairs of runs, which take turns in being first; min, max: the pairs',
      ...(hugePages === 'always'
        ? ['memory has huge pages from the beginning on this host, so there is nothing to gain by them']
        : []),
      ...notes,
    ],
  };
}

function spread({ median, min, max }: Summary): string[] {
  return [median, min, max].map((value) => value.toFixed(2));
}

function both(row: AutoRow, figure: (way: AutoRow['with']) => string): [string, string] {
  return [figure(row.without), figure(row.with)];
}
