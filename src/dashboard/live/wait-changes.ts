import type { WatchedProgram } from '../dashboard-host.js';
import { PROGRAM_ROLES, type ProgramRole } from '../messages.js';

/** Accesses that the program's histograms have gained since the last call, by bucket. */
export class WaitChanges {
  readonly #program: WatchedProgram;
  readonly #said: Record<ProgramRole, Float64Array>;

  constructor(program: WatchedProgram) {
    this.#program = program;
    this.#said = { reader: program.waits('reader'), writer: program.waits('writer') };
  }

  take(): Partial<Record<ProgramRole, readonly number[]>> | undefined {
    let changes: Partial<Record<ProgramRole, readonly number[]>> | undefined;
    for (const role of PROGRAM_ROLES) {
      const now = this.#program.waits(role);
      const before = this.#said[role];
      const changed: number[] = [];
      for (let bucket = 0; bucket < now.length; bucket++) {
        const more = now[bucket]! - before[bucket]!;
        if (more !== 0) changed.push(bucket, more);
      }
      this.#said[role] = now;
      if (changed.length > 0) changes = { ...changes, [role]: changed };
    }
    return changes;
  }
}
