import { invalidArgument, MigrationError } from '../common/migration-error.js';
import {
  type MigrateOptions,
  type MigrateResult,
  MigrationAbortedError,
  planMigration,
} from '../ferry/migrate-options.js';
import type { Region } from '../ferry/region.js';
import type { DashboardFerry } from './dashboard-host.js';
import type { MigrationRequest, MigrationState } from './messages.js';
import { regionOf } from './region-of.js';

/** Migrations that the page can list. */
const REMEMBERED = 8;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Run {
  readonly state: Mutable<MigrationState>;
  readonly failures: Record<string, number>;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** The migrations that pages have started. A region has at most one at a time. */
export class Migrations {
  readonly #ferry: DashboardFerry;
  #runs: readonly Run[] = [];
  #started = 0;

  constructor(ferry: DashboardFerry) {
    this.#ferry = ferry;
  }

  /** Newest first. */
  states(): readonly MigrationState[] {
    return this.#runs.map(({ state }) => ({ ...state }));
  }

  /**
   * @throws MigrationError ENOENT for an unknown region, EBUSY while a page's migration of it runs, and as `migrate`.
   */
  start(request: MigrationRequest): MigrationState {
    const { region: id, repeat = false, ...options } = request;
    const region = regionOf(this.#ferry, id, 'start migration');
    if (typeof repeat !== 'boolean')
      throw invalidArgument('start migration', 'repeat', 'must be true or false');
    const busy = this.#runs.find(({ state }) => state.region === id && state.status === 'running');
    if (busy !== undefined) {
      throw new MigrationError('EBUSY', `region: '${region.name}' is already being migrated`, {
        operation: 'start migration',
        argument: 'region',
        advice: 'Stop that migration, or wait until it ends.',
      });
    }
    // Checked here, so that a bad option becomes the answer of the request, not the end of a migration.
    planMigration(options, region.id, region.bytes, this.#ferry.nodeIds, this.#ferry);
    const run = this.#run(region, options, repeat);
    this.#runs = [run, ...this.#runs].slice(0, REMEMBERED);
    return { ...run.state };
  }

  /** Resolves when the migration has stopped. @throws MigrationError ENOENT */
  async stop(id: number): Promise<void> {
    const run = this.#runs.find(({ state }) => state.id === id);
    if (run === undefined) {
      throw new MigrationError('ENOENT', `migration: unknown migration ${id}`, {
        operation: 'stop migration',
      });
    }
    run.stop.abort();
    await run.ended;
  }

  async close(): Promise<void> {
    for (const { stop } of this.#runs) stop.abort();
    await Promise.all(this.#runs.map(({ ended }) => ended));
  }

  #run(region: Region, options: MigrateOptions, repeat: boolean): Run {
    const state: Mutable<MigrationState> = {
      id: ++this.#started,
      region: region.id,
      regionName: region.name,
      to: options.to,
      repeat,
      status: 'running',
      bytesMoved: 0,
      bytesTotal: region.migratableBytes,
      foliosFailed: 0,
      rounds: 0,
      durationNs: 0,
      bytesInAll: 0,
      failures: {},
      problem: null,
    };
    const failures: Record<string, number> = {};
    state.failures = failures;
    const stop = new AbortController();
    const ended = this.#migrate(region, options, state, failures, stop.signal).then(
      () => {
        state.status = stop.signal.aborted ? 'stopped' : 'done';
      },
      (error: unknown) => {
        const aborted = error instanceof MigrationAbortedError;
        if (aborted) count(state, failures, error.result);
        state.status = aborted ? 'stopped' : 'failed';
        state.problem = aborted ? null : error instanceof Error ? error.message : String(error);
      },
    );
    return { state, failures, stop, ended };
  }

  async #migrate(
    region: Region,
    options: MigrateOptions,
    state: Mutable<MigrationState>,
    failures: Record<string, number>,
    signal: AbortSignal,
  ): Promise<void> {
    const back = this.#ferry.nodeIds.find((id) => id !== options.to) ?? options.to;
    do {
      const to = state.rounds % 2 === 0 ? options.to : back;
      state.to = to;
      const failedBefore = state.foliosFailed;
      const result = await region.migrate({
        ...options,
        to,
        signal,
        onProgress: ({ bytesMoved, bytesTotal, foliosFailed }) => {
          state.bytesMoved = bytesMoved;
          state.bytesTotal = bytesTotal;
          state.foliosFailed = failedBefore + foliosFailed;
        },
      });
      state.foliosFailed = failedBefore;
      count(state, failures, result);
    } while (state.repeat && !signal.aborted);
  }
}

function count(
  state: Mutable<MigrationState>,
  failures: Record<string, number>,
  { bytesMoved, durationNs, foliosFailed, failures: runs, code }: MigrateResult,
): void {
  state.rounds++;
  state.bytesMoved = bytesMoved;
  state.bytesInAll += bytesMoved;
  state.durationNs += durationNs;
  state.foliosFailed += foliosFailed;
  for (const run of runs) failures[run.code] = (failures[run.code] ?? 0) + run.length;
  if (code !== null) state.problem = `the migration stopped early: ${code}`;
}
