import type { CopyPort } from '../../src/mm/ports/machine.js';
import type { CopyList, Migrator, StartedCopy } from '../../src/offload/migrator.js';
import { copySome } from './spy-migrator.js';

/**
 * A migrator whose copy goes on by itself, or would: it copies when the end of a batch is waited for. Remembers how many
 * batches it had at once, and how many frames it was to copy.
 */
export class SpyAsyncMigrator implements Migrator {
  readonly name: string = 'async';
  started = 0;
  finished = 0;
  /** Batches under way at once, at most. */
  max = 0;
  readonly #end: (list: CopyList, port: CopyPort, batch: number) => number;

  /** @param end what becomes of the n-th batch, from 0. By default everything is copied. */
  constructor(
    end: (list: CopyList, port: CopyPort, batch: number) => number = (list, port) =>
      copySome(list, port, () => true),
  ) {
    this.#end = end;
  }

  get underWay(): number {
    return this.started - this.finished;
  }

  offloadCopy(): number {
    throw new Error('whoever can start a copy is not asked to do it at once');
  }

  startCopy(list: CopyList, port: CopyPort): StartedCopy | number {
    const batch = this.started++;
    this.max = Math.max(this.max, this.underWay);
    let over = false;
    return {
      finish: () => {
        if (over) throw new Error('a copy is finished twice');
        if (batch !== this.finished) throw new Error('copies are finished in another order');
        over = true;
        this.finished++;
        return this.#end(list, port, batch);
      },
    };
  }
}
