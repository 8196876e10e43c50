import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import type { MoveOptions } from './options.js';

/** Something that every row is measured with: a block of rows of the table. */
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
 * The cells of a benchmark on a host where `fits` bytes can be moved. Less than was asked for is moved where it does
 * not fit; a batch that does not fit at all is left out. `onNote` hears of either.
 */
export function cellsOf(options: MoveOptions, fits: number, onNote: (note: string) => void): Cell[] {
  const { folios, batch, bytes } = options;
  if (batch === undefined) {
    if (fits < bytes) {
      const sizes = `from ${formatSize(bytes)} to ${formatSize(fits)}`;
      onNote(`--bytes lowered ${sizes}: not enough memory`);
    }
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
