import type { Host } from '../../bench/harness/host.js';
import type { Sheet } from '../../report/sheet.js';
import { checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { countRuns } from '../ui/progress.js';
import { formatSheet } from '../ui/sheet-text.js';

/** A bench on this host, and how its report is shown. */
export interface Bench<Report> {
  /** Such as `bench move`. */
  readonly name: string;
  readonly runs: number;
  /** Calls `onRun` after each run. */
  readonly measure: (onRun: () => void) => Promise<Report>;
  readonly sheet: (report: Report) => Sheet;
  /** The text of a report. By default that of its sheet. */
  readonly text?: (report: Report) => string;
  /** More figures for `--json`. */
  readonly more?: object;
}

/** Runs a bench with a progress bar, and delivers its report as the flags say. */
export async function runBench<Report extends { readonly schema: string; readonly host: Host }>(
  flags: OutputFlags,
  {
    name,
    runs,
    measure,
    sheet,
    text = (report) => formatSheet(sheet(report), report.host),
    more,
  }: Bench<Report>,
): Promise<Report> {
  checkOutputs(flags);
  const report = await countRuns(name, runs, measure);
  deliver(flags, { figures: { ...report, ...more }, text: () => text(report), sheet: () => sheet(report) });
  return report;
}
