import { PAGE_SIZE } from '../../common/page.js';
import type { FolioList } from '../../mm/pipeline/folio-list.js';
import type { Address } from '../sys/libc.js';

/**
 * The units of a watch, in groups of neighbours. The kernel reports some marks only for a whole mapping. So each group
 * becomes a mapping of its own for the time of the watch, and there may not be too many.
 */
export class UnitGroups {
  /** Addresses of each group. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly length: number;

  /** @param maxGroups Neighbours are put together until there are no more than this, or none are left. */
  constructor(units: FolioList, maxGroups: number) {
    let pages = 0;
    for (let i = 0; i < units.length; i++) pages += 1 << units.order[i]!;
    const groupPages = pages / maxGroups;
    this.start = new Float64Array(units.length);
    this.end = new Float64Array(units.length);
    let length = 0;
    for (let i = 0; i < units.length; i++) {
      const from = units.page[i]! * PAGE_SIZE;
      const to = from + (1 << units.order[i]!) * PAGE_SIZE;
      const last = length - 1;
      const joins =
        length > 0 &&
        this.end[last] === from &&
        (to - this.start[last]!) / PAGE_SIZE <= groupPages &&
        units.length > maxGroups;
      if (!joins) this.start[length++] = from;
      this.end[length - 1] = to;
    }
    this.length = length;
    // Beyond every address.
    this.start.fill(Number.POSITIVE_INFINITY, length);
  }

  /** The group that holds an address, or the first one after it. */
  indexOf(address: Address): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.end[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
