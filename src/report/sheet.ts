import type { Chart } from './chart.js';

/** The results of a command, for an HTML page (`page.ts`): charts, the figures as tables, and notes. */
export interface Sheet {
  /** For example `bench move`. */
  readonly title: string;
  /** The measurement, in a sentence. */
  readonly summary: string;
  readonly charts: readonly Chart[];
  readonly tables: readonly SheetTable[];
  /** Limits of the figures, and sources of published ones. */
  readonly notes: readonly string[];
}

export interface SheetTable {
  readonly caption: string;
  readonly columns: readonly SheetColumn[];
  readonly rows: readonly (readonly string[])[];
}

export interface SheetColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** The origin of a sheet's figures. */
export interface Origin {
  /** The command that reproduces them. */
  readonly commandLine: string;
  /** Date and time, formatted for people. */
  readonly date: string;
  /** Names and values that describe the machine and its software. */
  readonly facts: readonly (readonly [name: string, text: string])[];
}
