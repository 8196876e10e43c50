import { MAX_ORDER, PMD_PAGES } from '../../common/page.js';
import type { Batch } from '../../mm/pipeline/batch.js';
import type { PhysicalMemory } from '../hardware/physical-memory.js';
import type { AddressSpace } from './address-space.js';
import { hasReferences, mapFolio, unmapFolio } from './folio-entries.js';

/** When page tables are moved as a whole: never, or where the profile has what that costs. */
export const SIM_TABLE_MODES = ['never', 'auto'] as const;

export type SimTableMode = (typeof SIM_TABLE_MODES)[number];

/**
 * Moves whole page tables of small pages, as mremap(2) does on real memory (linux/tables/table-moves.ts). The call does not
 * look at the pages. So the machine looks for holes before a table leaves. It looks for pins when the table has left,
 * because from then on nobody can pin one of its pages through the mapping.
 */
export class TableMoves {
  readonly #memory: PhysicalMemory;
  #moved = 0;

  constructor(memory: PhysicalMemory) {
    this.#memory = memory;
  }

  /** Tables that have arrived at a destination. */
  get moved(): number {
    return this.#moved;
  }

  /** Takes the folios from `from` to before `to` out, which cover whole tables, and leaves their frames in `batch.src`. */
  leave(batch: Batch, space: AddressSpace, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      batch.src[i] = unmapFolio(this.#memory, space, batch.page[i]!, 1 << batch.order[i]!);
    }
  }

  /** Whether somebody besides the mapping holds a reference to one of the folios' frames. */
  hasReferences({ src, order }: Batch, from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      if (hasReferences(this.#memory, src[i]!, 1 << order[i]!)) return true;
    }
    return false;
  }

  /** Tables that should not have left go back, unchanged. */
  undo(batch: Batch, space: AddressSpace, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#mapAt(batch, space, i, batch.src[i]!);
    this.wake(batch, space, from, to);
  }

  /** Maps the folios from `from` to before `to` onto their destinations. */
  arrive(batch: Batch, space: AddressSpace, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#mapAt(batch, space, i, batch.dst[i]!);
    this.wake(batch, space, from, to);
    this.#moved += tablesOf(batch, from, to);
  }

  /** The threads that wait for one of the pages go on. */
  protected wake(batch: Batch, space: AddressSpace, from: number, to: number): void {
    space.wake(batch.page[from]!, pagesOf(batch, from, to));
  }

  #mapAt({ page, order }: Batch, space: AddressSpace, index: number, frame: number): void {
    mapFolio(this.#memory, space, page[index]!, 1 << order[index]!, frame);
  }
}

/**
 * End of the run of neighbouring folios that starts at `from` and covers whole, aligned page tables; `from` if it covers
 * none. A folio of 2 MiB has no table, and others only count while they `belong`.
 */
export function endOfTables(
  { length, page, order }: Batch,
  from: number,
  belongs: (index: number) => boolean,
): number {
  let next = page[from]!;
  if (next % PMD_PAGES !== 0) return from;
  let end = from;
  for (let i = from; i < length && page[i] === next && order[i]! < MAX_ORDER && belongs(i); i++) {
    next += 1 << order[i]!;
    if (next % PMD_PAGES === 0) end = i + 1;
  }
  return end;
}

/** Page tables that the folios from `from` to before `to` cover. */
export function tablesOf(batch: Batch, from: number, to: number): number {
  return pagesOf(batch, from, to) / PMD_PAGES;
}

function pagesOf({ page, order }: Batch, from: number, to: number): number {
  return page[to - 1]! + (1 << order[to - 1]!) - page[from]!;
}
