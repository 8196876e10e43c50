import type { SweepFigures } from './run-cell.js';

/** A figure that is better when it is larger, or smaller. */
export interface Objective {
  readonly name: keyof SweepFigures;
  readonly goal: 'max' | 'min';
  readonly unit: string;
  readonly meaning: string;
  /** Needs the same cell without a migrator. */
  readonly compared?: true;
}

export const OBJECTIVES = [
  { name: 'GBps', goal: 'max', unit: 'GB/s', meaning: 'throughput, 10^9 bytes a second' },
  { name: 'cpu', goal: 'min', unit: 'ms/GiB', meaning: 'time of the migrating CPU for each GiB' },
  { name: 'firstFolioNs', goal: 'min', unit: 'ns', meaning: 'time until the first folio is usable' },
  { name: 'readerWaitNs', goal: 'min', unit: 'ns', meaning: 'longest wait of a reader' },
  { name: 'writerWaitNs', goal: 'min', unit: 'ns', meaning: 'longest wait of a writer' },
  { name: 'ns', goal: 'min', unit: 'ns', meaning: 'time of the whole migration' },
  {
    name: 'speedup',
    goal: 'max',
    unit: '×',
    meaning: 'GBps divided by that without a migrator',
    compared: true,
  },
  {
    name: 'cpuRatio',
    goal: 'min',
    unit: '×',
    meaning: 'cpu divided by that without a migrator',
    compared: true,
  },
] as const satisfies readonly Objective[];

export type ObjectiveName = (typeof OBJECTIVES)[number]['name'];

export function objectiveOf(name: ObjectiveName): Objective {
  return OBJECTIVES.find((each) => each.name === name)!;
}
