import { MigrationError } from '../common/migration-error.js';
import { PAGE_SIZE, PMD_PAGES } from '../common/page.js';
import type { MigrateResult } from '../engine/migrate-result.js';
import type { Ferry } from '../ferry/ferry.js';
import { type MigrateOptions, MigrationAbortedError } from '../ferry/migrate-options.js';
import type { RingReader } from '../trace/ring-reader.js';
import type { ActuatorName } from './autopilot.js';
import type { Budget } from './budget.js';
import type { Ledger } from './ledger.js';
import { bytesOfRun, placeOf, type UnitRun } from './managed-region.js';
import type { Pauses } from './pauses.js';
import { hasEnded } from './region-watch.js';
import { bytesOfPages, pagesOf, type Units } from './units.js';

/** A unit that could not be moved is left alone for so long, and each time in a row for twice as long. */
const REST_MS = 1000;
const MAX_DOUBLINGS = 6;

/** A change of a run of units, and the actuator that has decided it. */
export interface Move extends Pick<MigrateOptions, 'reason' | 'hugePages'> {
  readonly actuator: ActuatorName;
  readonly policy: string;
  /** Ids of nodes. */
  readonly from: number;
  readonly to: number;
}

/** Moves runs of units by the ferry, in batches of the size that pauses allow, and notes what came of it. */
export class Mover {
  readonly #ferry: Ferry;
  readonly #units: Units;
  readonly #pauses: Pauses;
  readonly #budget: Budget;
  readonly #ledger: Ledger;
  readonly #signal: AbortSignal;
  #events: RingReader | undefined;
  #next = 0;
  /** CPU time of the migration thread for the moves so far, nanoseconds. */
  cpuNs = 0;

  constructor(
    ferry: Ferry,
    parts: {
      readonly units: Units;
      readonly pauses: Pauses;
      readonly budget: Budget;
      readonly ledger: Ledger;
      readonly signal: AbortSignal;
    },
  ) {
    this.#ferry = ferry;
    this.#units = parts.units;
    this.#pauses = parts.pauses;
    this.#budget = parts.budget;
    this.#ledger = parts.ledger;
    this.#signal = parts.signal;
  }

  get pauses(): Pauses {
    return this.#pauses;
  }

  /** Before the first move of an epoch: batches are observed from here on. */
  begin(): void {
    this.#events = this.#ferry.watchEvents();
    this.#next = this.#events.head;
  }

  /** After the last one. */
  end(): void {
    this.#events?.close();
    this.#events = undefined;
  }

  /**
   * Moves a run. Undefined if nothing was moved, because the region does not have it any more, or refuses it as a whole.
   * @throws if the ferry has ended
   */
  async move(run: UnitRun, move: Move, now: number): Promise<MigrateResult | undefined> {
    const range = bytesOfRun(run);
    if (range === undefined || run.managed.region.released) return undefined;
    const { reason, hugePages = 'keep', to } = move;
    const { batchBytes } = this.#pauses;
    try {
      const result = await run.managed.region.migrate({
        ...range,
        to,
        hugePages,
        batchBytes,
        signal: this.#signal,
        ...(reason === undefined ? {} : { reason }),
      });
      this.#note(run, move, result, now);
      return result;
    } catch (error) {
      if (error instanceof MigrationAbortedError) {
        this.#note(run, move, error.result, now);
        return undefined;
      }
      this.#refused(run, move, error, now);
      return undefined;
    } finally {
      this.#observe(run.managed.region.id, hugePages === 'promote');
    }
  }

  /** An operation on a run was refused as a whole. @throws if the ferry has ended, or the error is not a ferry's */
  refuse(run: UnitRun, actuator: ActuatorName, error: unknown, now: number): void {
    if (!(error instanceof MigrationError) || hasEnded(error)) throw error;
    if (run.managed.region.released || error.code === 'ECANCELED') return;
    const pages =
      pagesOf(run.managed.units, run.unit + run.length - 1).to - pagesOf(run.managed.units, run.unit).from;
    this.#ledger.refused(actuator, error.code, run.length, bytesOfPages(pages));
    for (let i = 0; i < run.length; i++) this.#rest(run.place + i, now);
  }

  #refused(run: UnitRun, { actuator }: Move, error: unknown, now: number): void {
    this.refuse(run, actuator, error, now);
  }

  #note(
    run: UnitRun,
    { actuator, policy, reason, from, to }: Move,
    result: MigrateResult,
    now: number,
  ): void {
    const { phases, bytesMoved, failures, code } = result;
    const ns = phases.unmapNs + phases.copyNs + phases.mapNs + phases.destinationNs;
    this.cpuNs += ns;
    this.#budget.spend(bytesMoved, ns);
    if (bytesMoved > 0) {
      this.#ledger.moved({
        actuator,
        policy,
        reason: reason ?? 'syscall',
        from,
        to,
        calls: 1,
        bytes: bytesMoved,
      });
    }
    const { failures: counts } = this.#units.all;
    if (failures.length === 0 && code === null) counts.fill(0, run.place, run.place + run.length);
    for (const failure of failures) {
      const { managed } = run;
      const first = managed.region.pageIndexAt(failure.offset);
      if (first < 0) continue;
      const end = first + failure.length / PAGE_SIZE;
      const units = { from: Math.floor(first / PMD_PAGES), to: Math.ceil(end / PMD_PAGES) };
      this.#ledger.refused(actuator, failure.code, units.to - units.from, failure.length);
      for (let unit = units.from; unit < Math.min(units.to, managed.units.units); unit++) {
        this.#rest(placeOf(managed.units, unit), now);
      }
    }
    if (code !== null && failures.length === 0) {
      this.#ledger.refused(actuator, code, run.length, 0);
    }
  }

  #rest(place: number, now: number): void {
    const { restUntil, failures } = this.#units.all;
    // One rest for several failures in the same unit.
    if (restUntil[place]! > now) return;
    restUntil[place] = now + REST_MS * 2 ** Math.min(failures[place]!, MAX_DOUBLINGS);
    failures[place] = Math.min(255, failures[place]! + 1);
  }

  /** Reads for how long the batches of a region were unmapped. */
  #observe(region: number, huge: boolean): void {
    if (this.#events === undefined) return;
    const { events, next } = this.#events.read(this.#next);
    this.#next = next;
    const own = new Set<number>();
    const out = new Map<number, { bytes: number; from: number; to: number }>();
    for (const event of events) {
      if (event.kind === 'migration-begin' && event.region === region) own.add(event.migration);
      if (event.kind === 'batch-begin' && own.has(event.migration)) {
        out.set(event.batch, { bytes: event.pages * PAGE_SIZE, from: Number.NaN, to: Number.NaN });
      }
      if (event.kind !== 'phase') continue;
      const batch = out.get(event.batch);
      if (batch === undefined) continue;
      if (event.phase === 'unmap' && Number.isNaN(batch.from)) batch.from = event.at;
      if (event.phase === 'map' || event.phase === 'undo') batch.to = event.at + event.ns;
    }
    for (const { bytes, from, to } of out.values()) {
      if (!(to > from)) continue;
      if (huge) this.#pauses.addHuge(to - from);
      else this.#pauses.add(to - from, bytes);
    }
  }
}
