import { summarize } from '../common/summary.js';
import type { ComparableRow, Sample } from './comparable.js';
import type { ReportReader } from './report-reader.js';

/** A median, with fields for the minimum and maximum of the runs. */
export function medianOf(median: string, min: string, max: string): (row: ComparableRow) => Sample {
  return ({ runs: [row] }) => ({
    value: row.number(median),
    min: row.number(min),
    max: row.number(max),
    runs: row.number('runs'),
  });
}

/** A median, with a field that lists the rounds. */
export function roundsOf(median: string, round: string): (row: ComparableRow) => Sample {
  return ({ runs: [row] }) => {
    const rounds = row.objects('rounds').map((each) => each.number(round));
    const value = row.number(median);
    return { value, min: Math.min(value, ...rounds), max: Math.max(value, ...rounds), runs: rounds.length };
  };
}

/**
 * A median with its minimum and maximum, in an object that may be null. Null if one of them is.
 * @param count Reads the number of runs.
 */
export function summaryIfAny(
  name: string,
  fields: readonly [median: string, min: string, max: string],
  count: (row: ReportReader, summary: ReportReader) => number,
): (row: ComparableRow) => Sample | null {
  return ({ runs: [row] }) => {
    const summary = row.maybeObject(name);
    if (summary === null) return null;
    const [value, min, max] = fields.map((field) => summary.maybeNumber(field)) as [
      number | null,
      number | null,
      number | null,
    ];
    if (value === null || min === null || max === null) return null;
    return { value, min, max, runs: count(row, summary) };
  };
}

/** A field of several runs. Null if no run has it. */
export function eachOf(name: string): (row: ComparableRow) => Sample | null {
  return ({ runs }) => {
    const values = runs.flatMap((run) => run.maybeNumber(name) ?? []);
    if (values.length === 0) return null;
    const { median: value, min, max } = summarize(values);
    return { value, min, max, runs: values.length };
  };
}

/** A figure that is the same each time. */
export function exactly(name: string): (row: ComparableRow) => Sample {
  return ({ runs: [row] }) => {
    const value = row.number(name);
    return { value, min: value, max: value, runs: null };
  };
}

/** Reads an exact figure that a row may lack. */
export function exactlyIfAny(name: string): (row: ComparableRow) => Sample | null {
  return (row) => (row.runs[0].maybeNumber(name) === null ? null : exactly(name)(row));
}

/** A row for each element of a list. */
export function rowsIn(list: string): (report: ReportReader) => ComparableRow[] {
  return (report) => report.objects(list).map((row) => ({ list, runs: [row] }));
}
