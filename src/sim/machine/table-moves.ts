import { MAX_ORDER, PMD_PAGES } from '../../common/page.js';
import type { Batch } from '../../mm/pipeline/batch.js';
import type { PhysicalMemory } from '../hardware/physical-memory.js';
import type { AddressSpace } from './address-space.js';
import { hasReferences, mapFolio, unmapFolio } from './folio-entries.js';

/** When page tables are moved as a whole: never, or if the profile has the costs. */
export const SIM_TABLE_MODES = ['never', 'auto'] as const;

export type SimTableMode = (typeof SIM_TABLE_MODES)[number];

/**
 * Moves whole page tables of small pages, as mremap(2) does on real memory (linux/tables/table-moves.ts). The call does not
 * read the pages. So the machine checks for holes before a table leaves. It checks for pins when the table has left, because
 * from then on no page of it can be pinned through the mapping.
 */
export class TableMoves {
  readonly #memory: PhysicalMemory;
  #moved = 0;

  constructor(memory: PhysicalMemory) {
    this.#memory = memory;
  }

  /** Number of tables that have moved. */
  get moved(): number {
    return this.#moved;
  }

  /** Unmaps the folios from `from` to before `to`, which cover whole tables, and puts their frames into `batch.src`. */
  leave(batch: Batch, space: AddressSpace, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      batch.src[i] = unmapFolio(this.#memory, space, batch.page[i]!, 1 << batch.order[i]!);
    }
  }

  /** Whether one of the folios' frames has a reference in addition to the mapping's. */
  hasReferences({ src, order }: Batch, from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      if (hasReferences(this.#memory, src[i]!, 1 << order[i]!)) return true;
    }
    return false;
  }

  /** Puts tables back that should not have left. */
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

  /** Wakes the threads that wait for one of the pages. */
  protected wake(batch: Batch, space: AddressSpace, from: number, to: number): void {
    space.wake(batch.page[from]!, pagesOf(batch, from, to));
  }

  #mapAt({ page, order }: Batch, space: AddressSpace, index: number, frame: number): void {
    mapFolio(this.#memory, space, page[index]!, 1 << order[index]!, frame);
  }
}

/**
 * End of the run of neighbouring folios that starts at `from` and covers whole, aligned page tables; `from` if it covers
 * none. A folio of 2 MiB has no table. Other folios count only while they `belong`.
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
