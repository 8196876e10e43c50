import { chartOf } from '../../report/chart-of.js';
import type { Sheet } from '../../report/sheet.js';
import { type SimReport, simLabel, simNotes, simTable, whatWasSimulated } from './report.js';

/** `sim move` and `sim batch` as a page, the RFC's figures beside the simulated ones. */
export function simSheet(report: SimReport & { readonly by: 'folio' | 'folios' }): Sheet {
  const { by, rows } = report;
  return {
    title: by === 'folio' ? 'pageferry sim move' : 'pageferry sim batch',
    summary: whatWasSimulated(report),
    charts: [
      chartOf(rows, {
        title:
          by === 'folio' ? 'Simulated throughput by folio size' : 'Simulated throughput by folios of a call',
        unit: 'GB/s',
        axis: by === 'folio' ? 'folio size' : 'folios of a call',
        category: (row) => String(row[by]),
        series: simLabel,
        value: ({ GBps }) => GBps,
        elsewhere: { whose: 'RFC', value: ({ rfcGBps }) => rfcGBps },
      }),
    ],
    tables: [simTable(rows)],
    notes: simNotes(rows),
  };
}
