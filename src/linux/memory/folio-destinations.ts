import { ERRNO } from '../../common/errno.js';
import { MAX_ORDER, PAGE_SIZE, PMD_PAGES } from '../../common/page.js';
import type { Batch } from '../../mm/pipeline/batch.js';
import { NO_FRAME } from '../../mm/pipeline/batch.js';
import { FOLIO_ISOLATED } from '../../mm/pipeline/folio-state.js';
import { isWholeTables } from '../tables/shadows.js';
import type { AddressSpace } from './address-space.js';
import { promisedFor } from './folio-map.js';
import type { MachineParts } from './machine-parts.js';

/** The destinations of folios: taken from the target node's free pages, freed, or quarantined (see `Machine`). */
export class FolioDestinations {
  readonly #moves: MachineParts;

  constructor(moves: MachineParts) {
    this.#moves = moves;
  }

  take(batch: Batch, index: number, space: AddressSpace, node: number): number {
    this.#readyToLeave(batch, index, space);
    const pool = this.#moves.pools.all[node]!;
    const frame = pool.take(batch.order[index]!, batch.inGap[index] === 0);
    batch.dst[index] = frame;
    if (frame === NO_FRAME) return -ERRNO.ENOMEM;
    pool.promisedPages += promisedFor(batch, index);
    return 0;
  }

  takeRun(batch: Batch, space: AddressSpace, node: number): boolean {
    const { length, pages, dst } = batch;
    const pool = this.#moves.pools.all[node]!;
    if (pool.capacityPages !== Number.POSITIVE_INFINITY && pages > pool.pagesFree) return false;
    const size = pages / length;
    let first = this.#takeTables(batch, space, node);
    if (first === NO_FRAME) first = pool.table.takeFreeRun(pages, batch.order[0]!);
    if (first === NO_FRAME) return false;
    for (let i = 0, frame = first; i < length; i++, frame += size) dst[i] = frame;
    pool.promisedPages += pages;
    return true;
  }

  /**
   * Makes shadows of the source ready for neighbouring 2 MiB of small pages that become huge pages. A write-protected batch
   * leaves while it is write-protected, and then no shadow can be made ready. No folio of the batch may be unmapped.
   */
  #readyToLeave(batch: Batch, index: number, space: AddressSpace): void {
    const { tables, out, pagemap } = this.#moves;
    const { page, order, state, slot, length } = batch;
    if (order[index] !== MAX_ORDER || state[index] !== FOLIO_ISOLATED || space.waitMode === 'missing') return;
    // Once for all neighbours. Each of them would find the others isolated, and could not distinguish them from those of
    // another batch.
    if (index > 0 && isNeighbour(batch, index)) return;
    if (tables?.allows(space) !== true || out.folios(slot) > 0) return;
    let small = false;
    let end = index;
    do {
      small ||= !pagemap.isHuge(page[end]! * PAGE_SIZE);
      end++;
    } while (end < length && isNeighbour(batch, end));
    const first = page[index]!;
    if (small) tables.moves.shadow(space, space.nodeAt(first), first, (end - index) * PMD_PAGES, slot);
  }

  /** The places of whole page tables in the shadow of the target node, or NO_FRAME. */
  #takeTables({ page, pages, slot }: Batch, space: AddressSpace, node: number): number {
    const { tables } = this.#moves;
    if (tables?.allows(space) !== true || !isWholeTables(page[0]!, pages)) return NO_FRAME;
    const shadow = tables.moves.shadow(space, node, page[0]!, pages, slot);
    // The shadow of the source too, before anything of the batch is write-protected.
    tables.moves.shadow(space, space.nodeAt(page[0]!), page[0]!, pages, slot);
    return shadow !== undefined && tables.moves.takeFree(shadow, page[0]!, pages)
      ? shadow.frameOf(page[0]!)
      : NO_FRAME;
  }

  drop(batch: Batch, index: number): void {
    const frame = batch.dst[index]!;
    const pages = 1 << batch.order[index]!;
    const pool = this.#moves.pools.of(frame);
    this.#moves.pools.tableOf(frame).putFree(frame, pages);
    pool.promisedPages -= promisedFor(batch, index);
    batch.dst[index] = NO_FRAME;
  }

  quarantine(batch: Batch, index: number, ticket: number): void {
    const { pools, quarantine } = this.#moves;
    const pages = 1 << batch.order[index]!;
    const dst = batch.dst[index]!;
    const src = batch.src[index]!;
    pools.of(dst).promisedPages -= promisedFor(batch, index);
    quarantine.hold(ticket, dst, src, pages);
    batch.dst[index] = NO_FRAME;
    // A write-protected folio is still the program's, so the pages that the device reads there need no quarantine.
    if (src !== NO_FRAME) batch.quarantined[index] = 1;
  }
}

/** Whether a folio of 2 MiB follows another one in the program. */
function isNeighbour({ page, order }: Batch, index: number): boolean {
  if (order[index] !== MAX_ORDER || order[index - 1] !== MAX_ORDER) return false;
  return page[index] === page[index - 1]! + PMD_PAGES;
}
