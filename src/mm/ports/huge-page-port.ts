/** Memory that is mapped 2 MiB at a time. Ranges are by index among the region's pages. */
export interface HugePagePort {
  /** Whether the 2 MiB that begin at a page are mapped by one entry. */
  isHuge(page: number): boolean;
  /** Bytes of a range that are so. */
  hugeBytes(space: number, from: number, to: number): number;
  /** Before `begin`: has a range be such that 2 MiB pages can come. */
  prepareHuge(space: number, from: number, to: number): void;
  /** Before `begin`: splits what of a range is mapped by 2 MiB entries. */
  splitHuge(space: number, from: number, to: number): void;
  /** After `end`: has the kernel do, on `node`, what of it has not worked. */
  collapse(space: number, from: number, to: number, node: number): void;
}
