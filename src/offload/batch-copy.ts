import type { Batch } from '../mm/pipeline/batch.js';
import { FOLIO_ISOLATED, FOLIO_UNMAPPED } from '../mm/pipeline/folio-state.js';
import { WP_INTACT } from '../mm/pipeline/write-protection.js';
import type { Machine } from '../mm/ports/machine.js';
import type { OffloadSession } from '../mm/ports/offload-port.js';
import type { MigrateReason } from '../mm/reason.js';
import { FALLBACK_COUNTERS, type MigrateStats } from '../mm/stats.js';
import { type CopyOutcome, failedCopy, outcomeOf } from './copy-outcome.js';
import type { CopyList, Migrator, StartedCopy } from './migrator.js';
import type { MigratorRegistry, Registration } from './registry.js';

/** Number of quarantine tickets so far, of all batches of this thread. */
let tickets = 0;

/**
 * The copy of one batch by a migrator (RFC patch 3). It gathers the folios that may be batch-copied and calls the active
 * migrator within the registry's read section. Then it transfers the migrator's marks to the batch, and counts the other
 * folios by cause. A migrator is trusted only with the frames of the list. It may throw, return nonsense, give up while its
 * device still writes, or lie (which `verify_copies` detects).
 */
export class BatchCopy implements OffloadSession {
  readonly #registry: MigratorRegistry;
  readonly #machine: Machine;
  #registration: Registration | undefined;
  #started: StartedCopy | undefined;
  #length = 0;
  /** Base pages of the copy list if it is one run (see CopyList), else 0. */
  #runPages = 0;
  /** Whether the copy list has every folio of the batch. Positions are then the same in both. */
  #all = false;
  #src = new Float64Array(0);
  #dst = new Uint32Array(0);
  #order = new Uint8Array(0);
  #copied = new Uint8Array(0);
  #quarantined = new Uint8Array(0);
  /** Position in the batch of each folio of the copy list. Not filled for a whole batch. */
  #index = new Uint32Array(0);

  constructor(registry: MigratorRegistry, machine: Machine) {
    this.#registry = registry;
    this.#machine = machine;
  }

  begin(reason: MigrateReason): boolean {
    this.#registration = this.#registry.enter(reason);
    return this.#registration !== undefined;
  }

  end(): void {
    const registration = this.#registration;
    this.#registration = undefined;
    if (registration !== undefined) this.#registry.leave(registration);
  }

  start(batch: Batch, stats: MigrateStats): boolean {
    const { migrator } = this.#registration!;
    this.#length = this.#gather(batch);
    if (this.#length === 0) return false;
    const list: CopyList = {
      length: this.#length,
      runPages: this.#runPages,
      src: this.#src,
      dst: this.#dst,
      order: this.#order,
      copied: this.#copied,
      quarantined: this.#quarantined,
    };
    let outcome: CopyOutcome;
    try {
      const started =
        migrator.startCopy === undefined
          ? migrator.offloadCopy(list, this.#machine)
          : migrator.startCopy(list, this.#machine);
      if (isStarted(started)) {
        this.#started = started;
        return true;
      }
      outcome = outcomeOf(started);
    } catch (error) {
      outcome = failedCopy(error);
    }
    this.#recordOutcome(outcome, batch, stats);
    return false;
  }

  finish(batch: Batch, stats: MigrateStats): void {
    const started = this.#started!;
    this.#started = undefined;
    let outcome: CopyOutcome;
    try {
      outcome = outcomeOf(started.finish());
    } catch (error) {
      outcome = failedCopy(error);
    }
    this.#recordOutcome(outcome, batch, stats);
  }

  /** The marks that a migrator made before it failed in any way are still valid. */
  #recordOutcome(outcome: CopyOutcome, batch: Batch, stats: MigrateStats): void {
    const { migrator } = this.#registration!;
    const length = this.#length;
    const quarantined = this.#anyQuarantined();
    if (quarantined) this.#quarantine(migrator, batch, stats);
    let lies = 0;
    let marked = 0;
    const verify = this.#registry.settings.get('verify_copies') !== 0;
    if (this.#all && !quarantined && !verify && this.#allMarked()) {
      batch.copied.fill(1, 0, length);
      marked = length;
    } else {
      for (let i = 0; i < length; i++) {
        if (this.#copied[i] !== 1 || this.#quarantined[i] === 1) continue;
        if (verify && !this.#machine.sameFrames(this.#dst[i]!, this.#src[i]!, 1 << this.#order[i]!)) {
          lies++;
          continue;
        }
        batch.copied[this.#positionOf(i)] = 1;
        marked++;
      }
    }
    if (outcome.declined) stats.add('declined_batches', 1);
    if (marked > 0) stats.add('offload_batches', 1);
    stats.add('offload_folios', marked);
    stats.add('fallbacks', length - marked);
    stats.add('fallbacks_unverified', lies);
    if (length - marked - lies > 0) stats.add(FALLBACK_COUNTERS[outcome.cause], length - marked - lies);
    const failed = lies > 0 || outcome.failed || (!outcome.excused && marked < length);
    const why = lies > 0 ? 'it reported folios as copied that it had not copied' : outcome.why;
    const ejected = this.#registry.report(this.#registration!, {
      migrated: marked,
      failures: length - marked,
      failed,
      cause: lies > length - marked - lies ? 'unverified' : outcome.cause,
      why,
    });
    if (ejected) stats.add('migrators_ejected', 1);
  }

  #anyQuarantined(): boolean {
    const at = this.#quarantined.indexOf(1);
    return at >= 0 && at < this.#length;
  }

  #allMarked(): boolean {
    const copied = this.#copied;
    // Not a search for 0: a migrator may have written any value.
    for (let i = 0; i < this.#length; i++) if (copied[i] !== 1) return false;
    return true;
  }

  /** Position in the batch of the list's folio. */
  #positionOf(folio: number): number {
    return this.#all ? folio : this.#index[folio]!;
  }

  /** A device may still touch these frames. The folios get other frames, and these wait until the device is idle. */
  #quarantine(migrator: Migrator, batch: Batch, stats: MigrateStats): void {
    const ticket = ++tickets;
    // Their destinations no longer belong to the run.
    batch.degrade();
    for (let i = 0; i < this.#length; i++) {
      if (this.#quarantined[i] !== 1) continue;
      this.#machine.quarantine(batch, this.#positionOf(i), ticket);
      stats.add('folios_quarantined', 1);
    }
    // Without `whenQuiet` nobody knows when the device is idle, so the frames stay quarantined.
    if (migrator.whenQuiet === undefined) return;
    const quiet = async (): Promise<void> => migrator.whenQuiet!();
    quiet().then(
      () => this.#machine.unquarantine(ticket),
      () => undefined,
    );
  }

  #gather(batch: Batch): number {
    if (this.#src.length < batch.length) this.#allocate(batch.capacity);
    const whole = batch.shape === 'whole' && this.#machine.supportsBatchCopyRun?.(batch) === true;
    const n = whole ? this.#gatherWhole(batch) : this.#gatherEach(batch);
    this.#copied.fill(0, 0, n);
    this.#quarantined.fill(0, 0, n);
    this.#all = n === batch.length;
    return n;
  }

  /** Takes every folio, without a check of any. */
  #gatherWhole({ length, pages, src, dst, order }: Batch): number {
    this.#src.set(src.subarray(0, length));
    this.#dst.set(dst.subarray(0, length));
    this.#order.set(order.subarray(0, length));
    this.#runPages = pages;
    return length;
  }

  /** Takes the folios that can be copied. */
  #gatherEach(batch: Batch): number {
    const { length, state, src, dst, order, protection, mappedFrame } = batch;
    let n = 0;
    let pages = 0;
    let run = true;
    for (let i = 0; i < length; i++) {
      const writeProtected = state[i] === FOLIO_ISOLATED && protection[i] === WP_INTACT;
      if (state[i] !== FOLIO_UNMAPPED && !writeProtected) continue;
      if (!this.#machine.supportsBatchCopy(batch, i)) continue;
      const from = writeProtected ? mappedFrame[i]! : src[i]!;
      const to = dst[i]!;
      if (from !== this.#src[0]! + pages || to !== this.#dst[0]! + pages) run = n === 0;
      this.#src[n] = from;
      this.#dst[n] = to;
      this.#order[n] = order[i]!;
      this.#index[n] = i;
      pages += 1 << order[i]!;
      n++;
    }
    this.#runPages = run ? pages : 0;
    return n;
  }

  #allocate(capacity: number): void {
    this.#src = new Float64Array(capacity);
    this.#dst = new Uint32Array(capacity);
    this.#order = new Uint8Array(capacity);
    this.#copied = new Uint8Array(capacity);
    this.#quarantined = new Uint8Array(capacity);
    this.#index = new Uint32Array(capacity);
  }
}

function isStarted(value: unknown): value is StartedCopy {
  return typeof value === 'object' && value !== null && typeof (value as StartedCopy).finish === 'function';
}
