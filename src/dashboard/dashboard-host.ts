import type { Ferry } from '../ferry/ferry.js';
import type { RingReader } from '../trace/ring-reader.js';
import type { BenchRequest, BenchState, ProgramRole, ProgramState } from './messages.js';

/** What the page shows and steers. */
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
  /** As `events()`, without an object for each event. */
  watchEvents(): RingReader;
};

/** The program whose memory it is, where it lets itself be looked at: `pageferry serve`. */
export interface WatchedProgram {
  readonly running: boolean;
  setRunning(running: boolean): void;
  readonly readers: number;
  readonly writers: number;
  readonly bucketsNs: ProgramState['bucketsNs'];
  /** Accesses by bucket since the start, added up over the threads of a role. */
  waits(role: ProgramRole): Float64Array;
}

/** Runs benches, one at a time. */
export interface BenchRunner {
  readonly state: BenchState | null;
  readonly report: unknown;
  /** @throws MigrationError EBUSY while one runs, EINVAL for options that it does not have. */
  start(request: BenchRequest): BenchState;
  /** Ends the one that runs. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** What a ferry in a program does not have. */
export interface DashboardExtras {
  readonly program?: WatchedProgram;
  readonly bench?: BenchRunner;
}
