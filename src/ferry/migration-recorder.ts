import type { BatchObserver } from '../mm/batch-observer.js';
import type { MigrateReason } from '../mm/reason.js';
import type { Recorder } from '../trace/recorder.js';

/** Records the migrations that an engine runs, each in its turns. */
export class MigrationRecorder {
  /** For each batch: who is to be told of its way. */
  readonly observe: () => BatchObserver | undefined;
  readonly #recorder: Recorder;
  readonly #nodeIds: readonly number[];

  /** @param nodeIds by index. */
  constructor(recorder: Recorder, nodeIds: readonly number[]) {
    this.#recorder = recorder;
    this.#nodeIds = nodeIds;
    this.observe = recorder.observe;
  }

  /** The same steps, with their beginning and end recorded. `target`: index of the node that all pages move to. */
  *steps<T>(
    region: number,
    reason: MigrateReason,
    target: number | undefined,
    steps: Generator<void, T>,
  ): Generator<void, T> {
    const recorder = this.#recorder;
    const node = target === undefined ? undefined : this.#nodeIds[target];
    const migration = recorder.beginMigration(region, reason, node);
    try {
      for (;;) {
        // Migrations of other regions have their turns in between.
        recorder.resume(migration);
        const step = steps.next();
        if (step.done === true) return step.value;
        yield;
      }
    } finally {
      // Given up in between: what it has begun is ended as it would be without a recorder.
      steps.return(undefined as T);
      recorder.endMigration(migration);
      recorder.resume(undefined);
    }
  }
}
