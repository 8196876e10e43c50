import { HEAT_SOURCES, type HeatSourceName } from '../../ferry/heat.js';

/** The programs. Their accesses are described in `program.ts`. */
export const PROGRAMS = [
  'uniform',
  'zipf',
  'zipf-scattered',
  'hot-set',
  'scan',
  'vector-search',
  'hash-join',
] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** The sources that can be named. */
export type SourceName = Exclude<HeatSourceName, 'auto'>;
export const SOURCES: readonly SourceName[] = HEAT_SOURCES.filter((name) => name !== 'auto');

/** The part of all units that is compared: the hottest tenth. */
export const HOT_SHARE = 0.1;

export interface HeatBenchOptions {
  readonly programs: readonly ProgramName[];
  readonly sources: readonly SourceName[];
  /** Bytes that each program uses: a multiple of 2 MiB. */
  readonly bytes: number;
  /** Length of each of the two measured parts of a run: what the source sees, and what it costs. */
  readonly seconds: number;
  /** Milliseconds between two snapshots. */
  readonly intervalMs: number;
  /** Threads of each program. */
  readonly loadThreads: number;
  readonly seed: number;
}
