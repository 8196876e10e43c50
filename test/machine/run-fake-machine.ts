import { type Batch, NO_FRAME } from '../../src/mm/batch.js';
import { FOLIO_ISOLATED } from '../../src/mm/folio-state.js';
import { FakeMachine } from './fake-machine.js';

/** A fake machine that does whole runs at a stroke where nothing is wrong with any folio of them, as real memory does. */
export class RunFakeMachine extends FakeMachine {
  isolateRun(batch: Batch): boolean {
    let isolated = 0;
    try {
      while (isolated < batch.length && this.isolate(batch, isolated) === 0) isolated++;
      return isolated === batch.length;
    } finally {
      // All or nothing, also when the machine breaks.
      if (isolated < batch.length) for (let k = 0; k < isolated; k++) this.putback(batch, k);
    }
  }

  takeDestinationRun(batch: Batch, node: number): boolean {
    for (let i = 0; i < batch.length; i++) {
      if (this.takeDestination(batch, i, node) === 0) continue;
      for (let k = 0; k < i; k++) {
        this.dropDestination(batch, k);
        batch.dst[k] = NO_FRAME;
      }
      return false;
    }
    return true;
  }

  putbackRun(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) this.putback(batch, i);
  }

  override unmap(batch: Batch): void {
    super.unmap(batch);
    if (batch.shape !== 'run') return;
    if (batch.has(batch.state, FOLIO_ISOLATED)) batch.degrade();
    else batch.unmappedWhole();
  }

  override map(batch: Batch): void {
    if (batch.shape === 'whole' && batch.has(batch.ready, 0)) batch.degrade();
    super.map(batch);
    if (batch.shape === 'whole') batch.mappedWhole();
  }
}
