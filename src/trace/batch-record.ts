import { FALLBACK_CAUSES } from '../mm/fallback-cause.js';
import { BATCH_PHASES } from '../mm/ports/batch-observer.js';
import type { CopyReport } from '../offload/registry.js';

const COPY = BATCH_PHASES.indexOf('copy');
const WAIT = BATCH_PHASES.indexOf('wait');

/** A recorder's data of one batch in progress. The object is reused. */
export class BatchRecord {
  /** Its place among the batches in flight. */
  readonly slot: number;
  number = 0;
  began = 0;
  migration = 0;
  /** The number of the current phase, and when it began. */
  phase = 0;
  entered = 0;
  /** The number of the name of the migrator that has to copy it, or 0. */
  migrator = 0;
  offloaded = 0;
  fellBack = 0;
  /** The cause for most of the folios that fell back: 1 is the first of FALLBACK_CAUSES, 0 none. */
  cause = 0;

  constructor(slot: number) {
    this.slot = slot;
  }

  /** The migrator, if it takes part in the current phase. */
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
    this.cause = failures === 0 ? 0 : FALLBACK_CAUSES.indexOf(cause) + 1;
  }
}
