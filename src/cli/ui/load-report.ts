import { readFileSync } from 'node:fs';
import { describe } from '../../common/describe-value.js';
import type { Comparable } from '../../compare/comparable.js';
import { COMPARABLES, comparableOf } from '../../compare/comparables.js';
import { ReportReader } from '../../compare/report-reader.js';
import { UsageError } from './errors.js';

export interface LoadedReport {
  readonly file: string;
  readonly report: ReportReader;
  readonly how: Comparable;
}

/** @throws UsageError naming the file and the problem. @throws MigrationError EINVAL for JSON that is not an object. */
export function loadReport(file: string): LoadedReport {
  const report = new ReportReader(parse(file), file);
  const how = comparableOf(report);
  if (how === undefined) throw new UsageError(`${file}: ${schemaProblem(report.anything('schema'))}`);
  return { file, report, how };
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file}: ${problemOf(error)}`, { cause: error });
  }
}

function schemaProblem(schema: unknown): string {
  const known = COMPARABLES.map((each) => each.schema).join(', ');
  return schema === undefined
    ? `the file has no schema, so it is not a pageferry report. Compare reports of ${known}`
    : `unknown schema ${describe(schema)}. Compare reports of ${known}`;
}

function problemOf(error: unknown): string {
  if (error instanceof SyntaxError)
    return 'the file is not JSON. Compare unchanged files that --json=FILE wrote';
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT')
    return "the file does not exist. Write a report with --json=FILE, as in 'pageferry bench move --json=FILE'";
  if (code === 'EISDIR') return 'the path is a directory. Compare files that --json=FILE wrote';
  return error instanceof Error ? error.message : String(error);
}
