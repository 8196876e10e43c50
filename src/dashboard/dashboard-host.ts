import type { Ferry } from '../ferry/ferry.js';
import type { RingReader } from '../trace/ring-reader.js';
import type { BenchRequest, BenchState, ProgramRole, ProgramState } from './messages.js';

/** The part of a ferry that the page shows and controls. */
export type DashboardFerry = Pick<
  Ferry,
  | 'activeMigrator'
  | 'capabilities'
  | 'events'
  | 'batchBytes'
  | 'nodeIds'
  | 'nodes'
  | 'parameters'
  | 'regions'
  | 'registerMigrator'
  | 'stats'
  | 'unregisterMigrator'
> & {
  /** Reads events as `events()` does, without an object for each event. */
  watchEvents(): RingReader;
};

/** The program that uses the memory, if it can be watched: `pageferry serve`. */
export interface WatchedProgram {
  readonly running: boolean;
  setRunning(running: boolean): void;
  readonly readers: number;
  readonly writers: number;
  readonly bucketsNs: ProgramState['bucketsNs'];
  /** Accesses in each bucket since the start, summed over the threads of a role. */
  waits(role: ProgramRole): Float64Array;
}

/** Runs benches, one at a time. */
export interface BenchRunner {
  readonly state: BenchState | null;
  readonly report: unknown;
  /** @throws MigrationError EBUSY while one runs, EINVAL for unknown or bad options. */
  start(request: BenchRequest): BenchState;
  /** Ends the bench that runs. Resolves when its process has ended. */
  stop(): Promise<void>;
}

/** Parts that only `pageferry serve` has. */
export interface DashboardExtras {
  readonly program?: WatchedProgram;
  readonly bench?: BenchRunner;
}
