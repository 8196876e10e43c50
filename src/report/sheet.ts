import type { Chart } from './chart.js';

/** What a command found, as a page shows it (`page.ts`): charts, the figures as tables, and what a reader must know. */
export interface Sheet {
  /** Such as `bench move`. */
  readonly title: string;
  /** What was done, in a sentence. */
  readonly summary: string;
  readonly charts: readonly Chart[];
  readonly tables: readonly SheetTable[];
  /** What limits the figures, and where those of others are from. */
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

/** Where the figures of a sheet come from. */
export interface Origin {
  /** The command that repeats it. */
  readonly commandLine: string;
  /** The day and the time, as people write them. */
  readonly date: string;
  /** Of the machine and the versions on it: names, and what they are. */
  readonly facts: readonly (readonly [name: string, text: string])[];
}
