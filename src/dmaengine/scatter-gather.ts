import type { DmaAddress } from './channel.js';

/**
 * A scatter-gather table: runs of frames and, once mapped, the segments that a device sees (the kernel's struct
 * sg_table). It is a struct of arrays, reused for every copy.
 */
export class ScatterGatherTable {
  /** Runs of frames, in the order of `addRun`. */
  frame = new Float64Array(8);
  pages = new Uint32Array(8);
  runs = 0;
  /** Segments, once mapped. There are at most as many as runs. */
  address: Float64Array = new Float64Array(8);
  bytes: Float64Array = new Float64Array(8);
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

  /** Adds a segment, or extends the previous one if that ends at `address`. */
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
 * Maps frames for a device (the kernel's dma_map_sgtable). There may be fewer segments than runs, because an IOMMU can
 * make any frames adjacent. Source and destination need not merge alike.
 */
export interface DmaMapper {
  /** Whether adjacent frames are adjacent for the device. A table may then have them as one run. */
  readonly linear?: boolean;
  /** Makes the table's segments from its runs. They cover each byte once, in order. Returns 0 or a negative errno. */
  map(table: ScatterGatherTable): number;
}

/** For devices that see the frames in order, starting at `base`. Adjacent frames become one segment. */
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
