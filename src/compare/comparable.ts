import type { ReportReader } from './report-reader.js';

/** A figure of a row, and the spread of its runs. */
export interface Sample {
  readonly value: number;
  /** Minimum and maximum of the runs. */
  readonly min: number;
  readonly max: number;
  /** Number of runs. Null for a figure that is the same each time, as on a simulated machine. */
  readonly runs: number | null;
}

export interface ComparableFigure {
  /** Name with unit, for example `GB/s` or `p99.99 µs`. */
  readonly name: string;
  /** Which direction is better. Undefined if neither is. */
  readonly better?: 'more' | 'less';
  /** Null if the row does not have it. */
  readonly of: (row: ComparableRow) => Sample | null;
}

/** One row of a report, or several runs that form one row. */
export interface ComparableRow {
  /** Name of the report's list that it is from. */
  readonly list: string;
  readonly runs: readonly [ReportReader, ...ReportReader[]];
}

/** A value that helps to identify rows. */
export interface KeyPart {
  readonly title: string;
  readonly of: (row: ComparableRow) => string;
}

/** A schema, with the parts of a report that a comparison needs. */
export interface Comparable {
  readonly schema: string;
  readonly rows: (report: ReportReader) => ComparableRow[];
  readonly key: readonly KeyPart[];
  readonly figures: readonly ComparableFigure[];
  /** Fields of rows that have to be equal in both reports, or the figures mean different things. */
  readonly conditions: readonly string[];
}
