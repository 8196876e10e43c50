import { FALLBACK_CAUSES } from '../mm/fallback-cause.js';
import { BATCH_PHASES } from '../mm/ports/batch-observer.js';
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
    this.cause = failures === 0 ? 0 : FALLBACK_CAUSES.indexOf(cause) + 1;
  }
}
