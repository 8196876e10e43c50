import { TableMoves } from '../../../machine/table-moves.js';

/** Does not look for pins, as mremap(2) does not. */
export class IgnoresPins extends TableMoves {
  override hasReferences(): boolean {
    return false;
  }
}
