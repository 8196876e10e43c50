import type { Comparable, Sample } from './comparable.js';
import { type Condition, conditionsThatDiffer } from './conditions.js';
import type { ReportReader } from './report-reader.js';
import { byChance, DIFFERENT, judge, spreadsApart, type Verdict, WORSE } from './verdict.js';

/** Values that identify a row, in the order of its schema. */
export type RowKey = Readonly<Record<string, string>>;

export interface ComparedFigure {
  readonly figure: string;
  readonly a: Sample | null;
  readonly b: Sample | null;
  /** B / A. Null if either is missing or A is 0. */
  readonly ratio: number | null;
  /** Distance of B from A, in spreads. Above 1 they differ. Null without a spread, Infinity if the spread is 0. */
  readonly spreads: number | null;
  readonly verdict: Verdict;
}

export interface ComparedRow {
  readonly key: RowKey;
  readonly figures: readonly ComparedFigure[];
}

export interface Comparison {
  /** Schema of both reports. */
  readonly compared: string;
  readonly rows: readonly ComparedRow[];
  readonly onlyA: readonly RowKey[];
  readonly onlyB: readonly RowKey[];
  /** Rows with a figure that differs by more than its spread. */
  readonly differ: number;
  /** Rows with a figure that is worse in B, or missing there. */
  readonly worse: number;
  /** Figures that would differ by chance if nothing had changed. */
  readonly expectedByChance: number;
  /** Conditions that differ between the reports. */
  readonly conditions: readonly Condition[];
}

/**
 * Compares two reports of one schema, row by row.
 * @throws MigrationError EINVAL for a report that does not match its schema. `argument` is the path in it.
 */
export function compareReports(how: Comparable, a: ReportReader, b: ReportReader): Comparison {
  const [rowsA, rowsB] = [byKey(how, a), byKey(how, b)];
  const rows: ComparedRow[] = [];
  let expectedByChance = 0;
  for (const [text, { key, samples }] of rowsA) {
    const other = rowsB.get(text);
    if (other === undefined) continue;
    const figures = how.figures.flatMap(({ name, better }, at): ComparedFigure[] => {
      const [ours, theirs] = [samples[at]!, other.samples[at]!];
      const verdict = judge(ours, theirs, better);
      if (verdict === undefined) return [];
      expectedByChance += byChance(ours, theirs);
      const spreads = spreadsApart(ours, theirs);
      return [{ figure: name, a: ours, b: theirs, ratio: ratio(ours, theirs), spreads, verdict }];
    });
    rows.push({ key, figures });
  }
  const missing = (from: Keyed, among: Keyed): RowKey[] =>
    [...from].flatMap(([text, { key }]) => (among.has(text) ? [] : [key]));
  return {
    compared: how.schema,
    rows,
    onlyA: missing(rowsA, rowsB),
    onlyB: missing(rowsB, rowsA),
    differ: rows.filter(({ figures }) => figures.some(({ verdict }) => DIFFERENT.has(verdict))).length,
    worse: rows.filter(({ figures }) => figures.some(({ verdict }) => WORSE.has(verdict))).length,
    expectedByChance,
    conditions: conditionsThatDiffer(how, a, b),
  };
}

interface KeyedRow {
  readonly key: RowKey;
  /** Path of the first run in the report. */
  readonly path: string;
  /** The sample of each figure of the schema. It is read for every row, so that malformed reports are detected. */
  readonly samples: readonly (Sample | null)[];
}

type Keyed = ReadonlyMap<string, KeyedRow>;

function byKey(how: Comparable, report: ReportReader): Keyed {
  const found = new Map<string, KeyedRow>();
  for (const row of how.rows(report)) {
    const key = Object.fromEntries(how.key.map(({ title, of }) => [title, of(row)]));
    const text = JSON.stringify(key);
    const { path } = row.runs[0];
    const twin = found.get(text);
    if (twin !== undefined) throw report.wrong(path, `is the same row as ${twin.path}`);
    found.set(text, { key, path, samples: how.figures.map(({ of }) => of(row)) });
  }
  return found;
}

function ratio(a: Sample | null, b: Sample | null): number | null {
  return a === null || b === null || a.value === 0 ? null : b.value / a.value;
}
