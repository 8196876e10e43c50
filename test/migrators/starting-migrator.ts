import { CpuMigrator } from '../../src/migrators/cpu.js';
import type { CopyPort } from '../../src/mm/ports/machine.js';
import type { CopyList, Migrator, StartedCopy } from '../../src/offload/migrator.js';

/** Copies as `cpu` does, but in two halves: nothing happens before `finish`, and that must come in order. */
export class StartingMigrator implements Migrator {
  readonly name = 'starting';
  readonly #started: StartedCopy[] = [];

  offloadCopy(list: CopyList, port: CopyPort): number {
    return this.startCopy(list, port).finish();
  }

  startCopy(list: CopyList, port: CopyPort): StartedCopy {
    const started: StartedCopy = {
      finish: () => {
        if (this.#started.shift() !== started) throw new Error('finished out of order');
        return new CpuMigrator().offloadCopy(list, port);
      },
    };
    this.#started.push(started);
    return started;
  }
}
