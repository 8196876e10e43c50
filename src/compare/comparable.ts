import type { ReportReader } from './report-reader.js';

/** A figure of a row, and how far its runs lie apart. */
export interface Sample {
  readonly value: number;
  /** Least and most of the runs. */
  readonly min: number;
  readonly max: number;
  /** How many there were; null for a figure that is the same each time, of a simulated machine. */
  readonly runs: number | null;
}

export interface ComparableFigure {
  /** With its unit, such as `GB/s` or `p99.99 µs`. */
  readonly name: string;
  /** Which of two is better; undefined where neither is. */
  readonly better?: 'more' | 'less';
  /** Null where the row has none. */
  readonly of: (row: ComparableRow) => Sample | null;
}

/** One row of a report, or several runs that are one row together. */
export interface ComparableRow {
  /** The list that it is in. */
  readonly list: string;
  readonly runs: readonly [ReportReader, ...ReportReader[]];
}

/** A part of what tells rows apart. */
export interface KeyPart {
  readonly title: string;
  readonly of: (row: ComparableRow) => string;
}

/** How two reports of one schema are compared. */
export interface Comparable {
  readonly schema: string;
  /** Rows in the order of the report. */
  readonly rows: (report: ReportReader) => ComparableRow[];
  readonly key: readonly KeyPart[];
  readonly figures: readonly ComparableFigure[];
  /** Fields of rows that two reports should have in common, for their figures to mean the same. */
  readonly conditions: readonly string[];
}
