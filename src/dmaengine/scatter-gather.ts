import type { DmaAddress } from './channel.js';

/**
 * A scatter-gather table: runs of frames, and after mapping the segments that a device sees (the kernel's struct
 * sg_table). A struct of arrays that is filled again for every copy.
 */
export class ScatterGatherTable {
  /** Runs of frames, as they were added. */
  frame = new Float64Array(64);
  pages = new Uint32Array(64);
  runs = 0;
  /** Segments, once mapped: as many as there are runs, or fewer. */
  address: Float64Array = new Float64Array(64);
  bytes: Float64Array = new Float64Array(64);
  segments = 0;

  clear(): void {
    this.runs = 0;
    this.segments = 0;
  }

  addRun(frame: number, pages: number): void {
    if (this.runs === this.frame.length) this.#grow();
    this.frame[this.runs] = frame;
    this.pages[this.runs] = pages;
    this.runs++;
  }

  /** Adds a segment, as one with the segment before it when it begins where that ends. */
  addSegment(address: DmaAddress, bytes: number): void {
    const last = this.segments - 1;
    if (last >= 0 && this.address[last]! + this.bytes[last]! === address) {
      this.bytes[last] = this.bytes[last]! + bytes;
      return;
    }
    this.address[this.segments] = address;
    this.bytes[this.segments] = bytes;
    this.segments++;
  }

  #grow(): void {
    const capacity = this.frame.length * 2;
    const grown = { frame: new Float64Array(capacity), pages: new Uint32Array(capacity) };
    grown.frame.set(this.frame);
    grown.pages.set(this.pages);
    this.frame = grown.frame;
    this.pages = grown.pages;
    this.address = new Float64Array(capacity);
    this.bytes = new Float64Array(capacity);
  }
}

/**
 * Maps frames for a device (the kernel's dma_map_sgtable). What comes out may have fewer segments than went in: an
 * IOMMU makes neighbours of what was none, and source and destination need not be merged alike.
 */
export interface DmaMapper {
  /** Frames that are neighbours are so for the device, too: a table may have them as one run from the start. */
  readonly linear?: boolean;
  /** Fills the table's segments from its runs; at least one each byte, in order. Returns 0 or a negative errno. */
  map(table: ScatterGatherTable): number;
}

/** Frames lie one after the other from `base` on in the device's addresses, too: one segment for neighbours. */
export class LinearMapper implements DmaMapper {
  readonly linear = true;
  readonly #base: DmaAddress;
  readonly #frameBytes: number;

  constructor(base: DmaAddress, frameBytes: number) {
    this.#base = base;
    this.#frameBytes = frameBytes;
  }

  map(table: ScatterGatherTable): number {
    table.segments = 0;
    for (let i = 0; i < table.runs; i++) {
      table.addSegment(this.#base + table.frame[i]! * this.#frameBytes, table.pages[i]! * this.#frameBytes);
    }
    return 0;
  }
}
