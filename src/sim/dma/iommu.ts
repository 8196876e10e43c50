import { PAGE_SIZE } from '../../common/page.js';
import type { RandomStream } from '../../common/random.js';
import type { DmaMapper, ScatterGatherTable } from '../../dmaengine/scatter-gather.js';

/** Pages of device addresses before they are reused. */
const RING_PAGES = 2 ** 24;

/**
 * Gives a device contiguous addresses for scattered pages (the kernel's iommu_dma_map_sg). The table is one range, cut into
 * segments of at most `maxSegmentBytes`. A longer run stays whole.
 */
export class Iommu implements DmaMapper {
  readonly #maxSegmentBytes: number;
  readonly #chance: RandomStream | undefined;
  #frames = new Uint32Array(2 ** 4);
  #next = 0;

  /** @param chance Merges neighbours at random, so that two tables of the same sizes differ. */
  constructor(maxSegmentBytes: number, chance?: RandomStream) {
    this.#maxSegmentBytes = maxSegmentBytes;
    this.#chance = chance;
  }

  map(table: ScatterGatherTable): number {
    return this.#map(table, this.#maxSegmentBytes);
  }

  /** Maps each run by itself. */
  mapEach(table: ScatterGatherTable): number {
    return this.#map(table, 0);
  }

  #map(table: ScatterGatherTable, maxSegmentBytes: number): number {
    table.segments = 0;
    let pages = 0;
    for (let i = 0; i < table.runs; i++) pages += table.pages[i]!;
    // A table does not cross the end of the ring.
    if (this.#next + pages > RING_PAGES) this.#next = 0;
    let last = -1;
    for (let i = 0; i < table.runs; i++) {
      const bytes = table.pages[i]! * PAGE_SIZE;
      const address = this.#give(table.frame[i]!, table.pages[i]!);
      const merges = this.#chance === undefined || this.#chance.below(2) === 0;
      if (merges && last >= 0 && table.bytes[last]! + bytes <= maxSegmentBytes) {
        table.bytes[last] = table.bytes[last]! + bytes;
        continue;
      }
      last++;
      table.address[last] = address;
      table.bytes[last] = bytes;
    }
    table.segments = last + 1;
    return 0;
  }

  /** The frame of a page of the device's addresses. A page that was never mapped leads to frame 0. */
  frameAt(page: number): number {
    return this.#frames[page] ?? 0;
  }

  #give(frame: number, pages: number): number {
    const first = this.#next;
    this.#next += pages;
    if (this.#next > this.#frames.length) this.#grow();
    for (let k = 0; k < pages; k++) this.#frames[first + k] = frame + k;
    return first * PAGE_SIZE;
  }

  #grow(): void {
    let size = this.#frames.length;
    while (size < this.#next) size *= 2;
    const frames = new Uint32Array(size);
    frames.set(this.#frames);
    this.#frames = frames;
  }
}
