import assert from 'node:assert/strict';
import type { Random } from '../../src/common/random.js';
import type { DmaMapper, ScatterGatherTable } from '../../src/dmaengine/scatter-gather.js';

/** Whether a run is given addresses that follow those of the run before it in its table. */
export type Joins = (run: number) => boolean;

export const apart: Joins = () => false;
export const together: Joins = () => true;

/** A mapper that tells what lies behind the addresses it gave. */
export interface FakeMapper extends DmaMapper {
  /** The frame behind a device's page. */
  frameOf(page: number): number;
}

/**
 * Gives every run new addresses, whatever its frames are: runs that are not neighbours become some, neighbours
 * are torn apart, and source and destination are each cut in their own way.
 */
export class FakeIommu implements FakeMapper {
  readonly #pageBytes: number;
  readonly #frames = new Map<number, number>();
  #next = 1000;
  joins: Joins;
  /** Returned by the next mappings, one each. */
  readonly errors: number[] = [];

  constructor(pageBytes: number, joins: Joins) {
    this.#pageBytes = pageBytes;
    this.joins = joins;
  }

  static random(pageBytes: number, random: Random): FakeIommu {
    return new FakeIommu(pageBytes, () => random(2) === 0);
  }

  map(table: ScatterGatherTable): number {
    const error = this.errors.shift() ?? 0;
    if (error !== 0) return error;
    table.segments = 0;
    for (let run = 0; run < table.runs; run++) {
      const pages = table.pages[run]!;
      if (run === 0 || !this.joins(run)) this.#next += 7;
      for (let i = 0; i < pages; i++) this.#frames.set(this.#next + i, table.frame[run]! + i);
      table.addSegment(this.#next * this.#pageBytes, pages * this.#pageBytes);
      this.#next += pages;
    }
    return 0;
  }

  frameOf(page: number): number {
    const frame = this.#frames.get(page);
    assert.ok(frame !== undefined, `page ${page} was never mapped`);
    return frame;
  }
}

/** Frames lie in reverse: large folios upwards, as every device needs them, but each below the one before. */
export class ReversedMapper implements FakeMapper {
  readonly #pageBytes: number;
  readonly #iommu: Map<number, number> = new Map();
  readonly #top: number;

  constructor(pageBytes: number, frames: number) {
    this.#pageBytes = pageBytes;
    this.#top = frames;
  }

  map(table: ScatterGatherTable): number {
    table.segments = 0;
    for (let run = 0; run < table.runs; run++) {
      const [frame, pages] = [table.frame[run]!, table.pages[run]!];
      const page = this.#top - frame - pages;
      for (let i = 0; i < pages; i++) this.#iommu.set(page + i, frame + i);
      table.addSegment(page * this.#pageBytes, pages * this.#pageBytes);
    }
    return 0;
  }

  frameOf(page: number): number {
    return this.#iommu.get(page)!;
  }
}

/** A device's address is a frame's. */
export class IdentityMapper implements FakeMapper {
  readonly #pageBytes: number;

  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
  }

  map(table: ScatterGatherTable): number {
    table.segments = 0;
    for (let run = 0; run < table.runs; run++) {
      table.addSegment(table.frame[run]! * this.#pageBytes, table.pages[run]! * this.#pageBytes);
    }
    return 0;
  }

  frameOf(page: number): number {
    return page;
  }
}
