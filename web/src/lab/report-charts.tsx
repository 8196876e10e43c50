import { useMemo } from 'preact/hooks';
import type { Chart } from '../../../src/report/chart.js';
import { figuresOf } from '../../../src/report/figure.js';
import './report-charts.css';

/** Charts as the pages of `--html` draw them. */
export function ReportCharts({ charts }: { readonly charts: readonly Chart[] }) {
  const markup = useMemo(() => charts.flatMap(figuresOf).join(''), [charts]);
  // src/report/markup.ts escapes every text of this markup.
  return <div class="report-charts" dangerouslySetInnerHTML={{ __html: markup }} />;
}
