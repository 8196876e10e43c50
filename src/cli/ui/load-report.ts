import { readFileSync } from 'node:fs';
import type { Comparable } from '../../compare/comparable.js';
import { COMPARABLES, comparableOf } from '../../compare/comparables.js';
import { ReportReader } from '../../compare/report-reader.js';
import { UsageError } from './usage-error.js';

/** A report that can be compared, and how. */
export interface LoadedReport {
  readonly file: string;
  readonly report: ReportReader;
  readonly how: Comparable;
}

/** @throws UsageError naming the file, and what is wrong with it. @throws MigrationError EINVAL for JSON that is no object. */
export function loadReport(file: string): LoadedReport {
  const report = new ReportReader(parse(file), file);
  const how = comparableOf(report);
  if (how === undefined) throw new UsageError(`${file}: ${strange(report.anything('schema'))}`);
  return { file, report, how };
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file}: ${problemOf(error)}`, { cause: error });
  }
}

function strange(schema: unknown): string {
  const known = COMPARABLES.map((each) => each.schema).join(', ');
  return schema === undefined
    ? `it has no schema, so it is no report of pageferry. These can be compared: ${known}`
    : `reports of ${JSON.stringify(schema)} cannot be compared. These can: ${known}`;
}

function problemOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is no JSON. Compare files that --json wrote, unchanged';
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT')
    return "there is no such file. Such as 'pageferry bench move --json FILE' writes one";
  if (code === 'EISDIR') return 'it is a directory. Compare files that --json wrote';
  return error instanceof Error ? error.message : String(error);
}
