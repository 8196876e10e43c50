import type { BenchName } from '../../../src/dashboard/messages.js';

export interface BenchOption {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  /** What is there at first: enough to see the shape within a minute. */
  readonly value: string;
  /** The migrator that it is for: without it the option is not given. */
  readonly of?: string;
}

/** The options that the page offers; the command has more. */
export const BENCH_OPTIONS: Readonly<Record<BenchName, readonly BenchOption[]>> = {
  move: [
    { name: 'folio', label: 'Folio sizes', hint: '4K to 2M', value: '4K,64K,2M' },
    {
      name: 'migrator',
      label: 'Migrators',
      hint: 'serial, baseline, cpu, mtcopy, dcbm',
      value: 'baseline,mtcopy,dcbm',
    },
    { name: 'channels', label: 'Channels', hint: 'of dcbm, 1 to 16', value: '1', of: 'dcbm' },
    { name: 'bytes', label: 'Bytes a run', hint: 'at least 4M', value: '64M' },
    { name: 'runs', label: 'Runs', hint: 'of each row', value: '3' },
  ],
  stall: [
    { name: 'batch-bytes', label: 'Batches', hint: '4K to 1G', value: '2M,16M' },
    {
      name: 'copy-mode',
      label: 'Copy mode',
      hint: 'exclusive, write-protected',
      value: 'exclusive,write-protected',
    },
    { name: 'migrator', label: 'Migrators', hint: 'baseline, cpu, mtcopy, dcbm', value: 'baseline' },
    { name: 'bytes', label: 'Bytes', hint: 'migrated back and forth', value: '128M' },
    { name: 'seconds', label: 'Seconds', hint: 'of each run', value: '1' },
    { name: 'runs', label: 'Runs', hint: 'of each row', value: '1' },
  ],
};

export const BENCH_TITLES: Readonly<Record<BenchName, string>> = {
  move: 'move: how fast',
  stall: 'stall: waits',
};

export type Given = Readonly<Record<string, string>>;

export function firstOptions(bench: BenchName): Given {
  return Object.fromEntries(BENCH_OPTIONS[bench].map(({ name, value }) => [name, value]));
}

/** What the command is given: what was left empty is its own affair, and what is for a migrator that is not measured is refused. */
export function optionsGiven(bench: BenchName, given: Given): Given {
  const { migrator = '' } = given;
  const shown = BENCH_OPTIONS[bench].filter(({ of }) => of === undefined || migrator.split(',').includes(of));
  return Object.fromEntries(
    shown.flatMap(({ name }) => {
      const value = given[name] ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );
}
