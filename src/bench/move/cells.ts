import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { loweredNote } from '../harness/memory-room.js';
import type { MoveOptions } from './options.js';

/** A block of rows of the table, which move the same folios. */
export interface Cell {
  readonly folioSize: number;
  /** Folios that each call moves; null: one call moves all. */
  readonly batch: number | null;
  /** Bytes moved in each run, by as many calls as it takes. */
  readonly bytes: number;
}

/** Bytes that the largest cell moves in a run. */
export function maxBytes({ batch, bytes }: MoveOptions): number {
  return batch === undefined ? bytes : Math.max(bytes, batch.at(-1)! * PMD_SIZE);
}

/**
 * The cells of a bench on a host that has room to move `fits` bytes. A cell that does not fit moves fewer bytes, and a
 * batch that does not fit is left out. `onNote` gets a note of each.
 */
export function cellsOf(options: MoveOptions, fits: number, onNote: (note: string) => void): Cell[] {
  const { folios, batch, bytes } = options;
  if (batch === undefined) {
    if (fits < bytes) onNote(loweredNote(bytes, fits));
    return folios.map((folioSize) => ({ folioSize, batch: null, bytes: Math.min(bytes, fits) }));
  }
  const skipped = batch.filter((count) => count * PMD_SIZE > fits);
  if (skipped.length > 0) {
    onNote(`omitted: ${skipped.join(', ')} folios of 2M do not fit into memory (${formatSize(fits)} fit)`);
  }
  return batch
    .filter((count) => count * PMD_SIZE <= fits)
    .map((count) => {
      const call = count * PMD_SIZE;
      const calls = Math.max(1, Math.floor(Math.min(bytes, fits) / call));
      return { folioSize: PMD_SIZE, batch: count, bytes: calls * call };
    });
}
