import { PAGE_SIZE } from '../common/page.js';
import type { Batch } from '../mm/pipeline/batch.js';
import { FOLIO_FAILED, FOLIO_MOVED } from '../mm/pipeline/folio-state.js';
import { BATCH_PHASES } from '../mm/ports/batch-observer.js';
import { FALLBACK_CAUSES, type FallbackCause } from '../offload/fallback-cause.js';
import type { CopyReport } from '../offload/registry.js';

const COPY = BATCH_PHASES.indexOf('copy');
const WAIT = BATCH_PHASES.indexOf('wait');

/** What a recorder keeps of one batch until that is over. Used again for a later one. */
export class BatchRecord {
  /** Its place among the batches that are out. */
  readonly slot: number;
  number = 0;
  began = 0;
  migration = 0;
  /** The phase that it is in, by number, and since when. */
  phase = 0;
  entered = 0;
  /** Who was asked to copy it, by the number of the name; 0: nobody. */
  migrator = 0;
  offloaded = 0;
  fellBack = 0;
  /** Why most fell back: 1 is the first of FALLBACK_CAUSES, 0 none. */
  cause = 0;
  moved = 0;
  failed = 0;
  bytes = 0;

  constructor(slot: number) {
    this.slot = slot;
  }

  /** The migrator, if the phase is one of its. */
  get phaseMigrator(): number {
    return this.phase === COPY || this.phase === WAIT ? this.migrator : 0;
  }

  begin(number: number, now: number, migration: number): void {
    this.number = number;
    this.began = now;
    this.migration = migration;
    this.migrator = 0;
    this.offloaded = 0;
    this.fellBack = 0;
    this.cause = 0;
  }

  report({ migrated, failures, cause }: CopyReport): void {
    this.offloaded = migrated;
    this.fellBack = failures;
    const name = cause.replace('fallbacks_', '') as FallbackCause;
    this.cause = failures === 0 ? 0 : FALLBACK_CAUSES.indexOf(name) + 1;
  }

  /** What became of its folios. */
  count(batch: Batch): void {
    const { length, state, order, inGap } = batch;
    let moved = 0;
    let failed = 0;
    let pages = 0;
    for (let i = 0; i < length; i++) {
      if (state[i] === FOLIO_FAILED) failed++;
      if (state[i] !== FOLIO_MOVED || inGap[i] === 1) continue;
      moved++;
      pages += 1 << order[i]!;
    }
    this.moved = moved;
    this.failed = failed;
    this.bytes = pages * PAGE_SIZE;
  }
}
