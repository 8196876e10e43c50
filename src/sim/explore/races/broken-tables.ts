import { PMD_PAGES } from '../../../common/page.js';
import type { Batch } from '../../../mm/pipeline/batch.js';
import type { AddressSpace } from '../../machine/address-space.js';
import { TableMoves } from '../../machine/table-moves.js';

/** Forgets the last of several tables to undo. */
export class ForgetsTable extends TableMoves {
  override undo(batch: Batch, space: AddressSpace, from: number, to: number): void {
    let end = to - 1;
    while (end > from && batch.page[end]! % PMD_PAGES !== 0) end--;
    super.undo(batch, space, from, end === from ? to : end);
  }
}

/** Does not wake the threads that wait for the pages of a table. */
export class ForgetsWaiters extends TableMoves {
  protected override wake(): void {
    // Left out.
  }
}

/** Does not check for pins, as mremap(2) does not. */
export class IgnoresPins extends TableMoves {
  override hasReferences(): boolean {
    return false;
  }
}
