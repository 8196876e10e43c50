import { useMemo } from 'preact/hooks';
import { sweepCharts, sweepNotes, sweepSummary } from '../../../src/sim/sweep/sheet/sweep-sheet.js';
import { sweepTables } from '../../../src/sim/sweep/sheet/sweep-tables.js';
import type { SweepReport } from '../../../src/sim/sweep/summary.js';
import { ReportCharts } from './report-charts.js';
import { SweepTables } from './sweep-tables.js';

/** What the page of `pageferry sim sweep --html` shows. */
export function SweepResults({ report }: { readonly report: SweepReport }) {
  const charts = useMemo(() => sweepCharts(report), [report]);
  const tables = useMemo(() => sweepTables(report), [report]);
  return (
    <>
      <p class="verdict">{sweepSummary(report)}.</p>
      <ReportCharts charts={charts} />
      <SweepTables tables={tables} />
      <ul class="sweep-notes">
        {sweepNotes(report).map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </>
  );
}
