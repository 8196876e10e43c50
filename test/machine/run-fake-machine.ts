import assert from 'node:assert/strict';
import { type Batch, NO_FRAME } from '../../src/mm/pipeline/batch.js';
import { FOLIO_ISOLATED } from '../../src/mm/pipeline/folio-state.js';
import { FakeMachine } from './fake-machine.js';

/** A fake machine that does whole runs at a stroke where nothing is wrong with any folio of them, as real memory does. */
export class RunFakeMachine extends FakeMachine {
  isolateRun(batch: Batch): boolean {
    assert.equal(batch.shape, 'run');
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
    assert.equal(batch.shape, 'run');
    for (let i = 0; i < batch.length; i++) {
      if (this.takeDestination(batch, i, node) === 0) continue;
      for (let k = 0; k < i; k++) {
        this.freeDestination(batch, k);
        batch.dst[k] = NO_FRAME;
      }
      return false;
    }
    return true;
  }

  putbackRun(batch: Batch): void {
    assert.ok(batch.arrived);
    for (let i = 0; i < batch.length; i++) this.putback(batch, i);
  }

  override unmap(batch: Batch): void {
    super.unmap(batch);
    if (batch.shape === 'run' && !batch.has(batch.state, FOLIO_ISOLATED)) batch.unmappedWhole();
  }

  override map(batch: Batch): void {
    if (batch.shape !== 'whole') {
      super.map(batch);
      return;
    }
    // By one call, as it were: that is only right if these are what they are said to be.
    const pages = 1 << batch.order[0]!;
    for (let i = 0; i < batch.length; i++) {
      assert.equal(batch.ready[i], 1, `folio ${i} of a whole batch is not ready`);
      assert.equal(batch.quarantined[i], 0, `folio ${i} of a whole batch is held`);
      assert.equal(batch.src[i], batch.src[0]! + i * pages, 'the sources of a whole batch are not one run');
      assert.equal(
        batch.dst[i],
        batch.dst[0]! + i * pages,
        'the destinations of a whole batch are not one run',
      );
    }
    super.map(batch);
    batch.mappedWhole();
  }
}
