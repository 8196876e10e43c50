/** Memory in mappings of 2 MiB. Ranges are indices of the region's pages. */
export interface HugePagePort {
  /** Whether one entry maps the 2 MiB that begin at a page. */
  isHuge(page: number): boolean;
  /** Bytes of a range in mappings of 2 MiB. */
  hugeBytes(space: number, from: number, to: number): number;
  /** Before `begin`: prepares a range so that 2 MiB pages can arrive. */
  prepareHuge(space: number, from: number, to: number): void;
  /** Before `begin`: splits the 2 MiB mappings of a range. */
  splitHuge(space: number, from: number, to: number): void;
  /** After `end`: makes the kernel build on `node` the 2 MiB pages that the migration could not make. */
  collapse(space: number, from: number, to: number, node: number): void;
}
