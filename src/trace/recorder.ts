import { PAGE_SIZE } from '../common/page.js';
import type { Batch } from '../mm/pipeline/batch.js';
import type { BatchOutcome } from '../mm/pipeline/batch-outcome.js';
import { BATCH_PHASES, type BatchObserver, type BatchPhase } from '../mm/ports/batch-observer.js';
import type { MigrationObserver, ObservedMigration } from '../mm/ports/migration-observer.js';
import { MIGRATE_REASONS, type MigrateReason } from '../mm/reason.js';
import type { CopyReport } from '../offload/registry.js';
import { BatchRecord } from './batch-record.js';
import { headOf, MIGRATOR_ACTIONS, POLICY_ACTIONS } from './event-layout.js';
import type { EventRing } from './event-ring.js';
import type { MigratorEvent, PolicyEvent } from './ferry-event.js';
import { ShareLog } from './share-log.js';

interface RecordedMigration extends ObservedMigration {
  readonly at: number;
  readonly region: number;
  readonly reason: number;
  readonly target: number;
  bytes: number;
  moved: number;
  failed: number;
}

const PHASE_NUMBER = Object.freeze(
  Object.fromEntries(BATCH_PHASES.map((phase, number) => [phase, number])),
) as Readonly<Record<BatchPhase, number>>;

const NO_TARGET = -1;

/** The recorder's access to the pipeline that it records. */
export interface RecordedPipeline {
  readonly activeMigrator?: () => string | undefined;
  /** Ids of the nodes by index. Default: an index is an id. */
  readonly nodeIds?: readonly number[];
}

/**
 * Writes the events of a pipeline into a ring. It belongs to the migrating thread. It observes that thread's pipeline, and
 * channels and registries report through it.
 */
export class Recorder implements BatchObserver, MigrationObserver {
  readonly ring: EventRing;
  /** Nanoseconds, on one clock for all writers to the ring. */
  readonly now: () => number;
  readonly #activeMigrator: () => string | undefined;
  readonly #nodeIds: readonly number[];
  readonly #records = new Map<Batch, BatchRecord>();
  readonly #free: BatchRecord[] = [];
  /** Batches in a phase. More than one only if a phase of one batch lies within that of another (in simulation). */
  readonly #within: BatchRecord[] = [];
  #slots = 0;
  #batches = 0;
  #migrations = 0;
  #migration: RecordedMigration | undefined;

  constructor(ring: EventRing, now: () => number, about: RecordedPipeline = {}) {
    this.ring = ring;
    this.now = now;
    this.#activeMigrator = about.activeMigrator ?? (() => undefined);
    this.#nodeIds = about.nodeIds ?? [];
  }

  get on(): boolean {
    return this.ring.on;
  }

  /** The observer of each batch: this recorder while a reader is open. */
  readonly observe = (): BatchObserver | undefined => (this.ring.on ? this : undefined);

  /** Number of the batch that is in a phase now, or 0. */
  get batch(): number {
    return this.#within.at(-1)?.number ?? 0;
  }

  // --- BatchObserver -------------------------------------------------------------------------------------

  begin(batch: Batch): void {
    const record = this.#free.pop() ?? new BatchRecord(this.#slots++);
    record.begin(++this.#batches, this.now(), this.#migration?.number ?? 0);
    this.#records.set(batch, record);
    const head = headOf('batch-begin', 0, record.slot, 0);
    this.ring.write(head, record.began, 0, 0, record.number, record.migration, batch.length, batch.pages);
  }

  enter(batch: Batch, phase: BatchPhase): void {
    const record = this.#records.get(batch);
    if (record === undefined) return;
    const now = this.now();
    if (this.#within.at(-1) === record) this.#over(record, now);
    else this.#within.push(record);
    record.phase = PHASE_NUMBER[phase];
    record.entered = now;
    if (phase === 'copy') record.migrator = this.ring.names.numberOf(this.#activeMigrator() ?? '');
  }

  leave(batch: Batch): void {
    const record = this.#records.get(batch);
    const at = record === undefined ? -1 : this.#within.lastIndexOf(record);
    if (at < 0) return;
    this.#over(record!, this.now());
    this.#within.splice(at, 1);
  }

  end(batch: Batch, outcome: BatchOutcome): void {
    const record = this.#records.get(batch);
    if (record === undefined) return;
    this.leave(batch);
    this.#records.delete(batch);
    this.#free.push(record);
    const { number, began, migration, offloaded, fellBack } = record;
    const { movedFolios: moved, failedFolios: failed } = outcome;
    const bytes = outcome.movedPages * PAGE_SIZE;
    const head = headOf('batch', record.cause, record.slot, record.migrator);
    const ns = this.now() - began;
    const { length, pages } = batch;
    this.ring.moved.add(record.migrator, bytes);
    this.ring.write(
      head,
      began,
      ns,
      bytes,
      number,
      migration,
      length,
      pages,
      moved,
      failed,
      offloaded,
      fellBack,
    );
    const whole = this.#migration;
    if (whole === undefined || whole.number !== migration) return;
    whole.bytes += bytes;
    whole.moved += moved;
    whole.failed += failed;
  }

  // --- other reports ---------------------------------------------------------------------------------------

  /** The migrator's result for the batch that is in its phase now. */
  report(report: CopyReport): void {
    this.#within.at(-1)?.report(report);
  }

  // --- MigrationObserver ---------------------------------------------------------------------------------

  beginMigration(region: number, reason: MigrateReason, target: number | undefined): RecordedMigration {
    const migration: RecordedMigration = {
      number: ++this.#migrations,
      at: this.now(),
      region,
      reason: MIGRATE_REASONS.indexOf(reason),
      target: target === undefined ? NO_TARGET : (this.#nodeIds[target] ?? target),
      bytes: 0,
      moved: 0,
      failed: 0,
    };
    if (this.on) {
      const head = headOf('migration-begin', migration.reason, 0, 0);
      this.ring.write(head, migration.at, 0, 0, 0, migration.number, region, migration.target);
    }
    return migration;
  }

  /** Steps of migrations of other regions come in between (in simulation even within one step). */
  stepping(migration: RecordedMigration): RecordedMigration | undefined {
    const before = this.#migration;
    this.#migration = migration;
    return before;
  }

  stepped(interrupted: RecordedMigration | undefined): void {
    this.#migration = interrupted;
  }

  endMigration({ number, at, region, reason, target, bytes, moved, failed }: RecordedMigration): void {
    if (!this.on) return;
    const head = headOf('migration', reason, 0, 0);
    this.ring.write(head, at, this.now() - at, bytes, 0, number, region, target, moved, failed);
  }

  /** The log of a helper thread, for its copies. */
  shareLog(lane: string): ShareLog {
    return new ShareLog(this.ring, this.now, lane);
  }

  migrator(action: MigratorEvent['action'], name: string): void {
    if (!this.on) return;
    const head = headOf('migrator', MIGRATOR_ACTIONS.indexOf(action), 0, this.ring.names.numberOf(name));
    this.ring.write(head, this.now(), 0, 0, 0, 0);
  }

  policy(action: PolicyEvent['action'], name: string, why: string): void {
    if (!this.on) return;
    const { names } = this.ring;
    const head = headOf('policy', POLICY_ACTIONS.indexOf(action), 0, names.numberOf(name));
    this.ring.write(head, this.now(), 0, 0, 0, 0, names.numberOf(why));
  }

  parameter(path: string, value: string): void {
    if (!this.on) return;
    const { names } = this.ring;
    const head = headOf('parameter', 0, 0, names.numberOf(path));
    this.ring.write(head, this.now(), 0, 0, 0, 0, names.numberOf(value));
  }

  pool(node: number, bytesPooled: number, bytesFree: number): void {
    if (!this.on) return;
    this.ring.write(headOf('pool', 0, 0, 0), this.now(), bytesPooled, bytesFree, 0, 0, node);
  }

  #over(record: BatchRecord, now: number): void {
    const head = headOf('phase', record.phase, record.slot, record.phaseMigrator);
    this.ring.write(head, record.entered, now - record.entered, 0, record.number, record.migration);
  }
}
