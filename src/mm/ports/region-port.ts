/** Consecutive whole pages of the program's memory, by the machine's page numbers. */
export interface PlacedSpan {
  readonly page: number;
  readonly pages: number;
  /** Index of the first page among all pages of the region. */
  readonly index: number;
}

/** The pages of one region, for the engine. */
export interface RegionPages {
  readonly spans: readonly PlacedSpan[];
  readonly pages: number;
  nodeAt(page: number): number;
  /** Whether the `pages` pages that begin at `page` are all on one node. */
  onOneNode(page: number, pages: number): boolean;
}

/** Memory of a region, by address. */
export interface RegionSpan {
  /** Of the first page. A multiple of the page size. */
  readonly address: number;
  readonly pages: number;
}

/** How the region is registered for a migration. */
export interface BeginOptions {
  /** Whether readers continue while the region is copied. Default false. */
  readonly writeProtected?: boolean;
  /** Whether page tables may move as a whole. Default true. */
  readonly tables?: boolean;
}

/** Bits of `RegionPort.presence`. */
export const PRESENCE_OCCUPIED = 1;
export const PRESENCE_PRESENT = 2;
export const PRESENCE_EXCLUSIVE = 4;

/** The regions of the program's memory, the places of their pages, and which regions are registered. */
export interface RegionPort {
  /** Spans that may be registered at once, in all regions under migration. A region with more spans is migrated alone. */
  readonly maxSpans: number;
  /**
   * Takes spans under management and returns a handle. `node` is their presumed node. `movable`: the memory may be unmapped
   * at any time.
   */
  attach(spans: readonly RegionSpan[], node: number, movable?: boolean): number;
  /**
   * Replaces a handle when the region's memory has moved or grown. Old pages keep their recorded node. `node` is the
   * presumed node of the others. No migration of the region may be in progress.
   */
  replace(space: number, spans: readonly RegionSpan[], node: number): number;
  /** Ends the management. The pages stay where they are. The region must not be registered. */
  detach(space: number): void;
  /**
   * Whether a part of the region was unmapped or moved to another address since it was attached. Only changes that the
   * kernel has reported count.
   */
  lost(space: number): boolean;
  space(space: number): RegionPages;
  /** Corrects the recorded nodes of pages, if the host knows better. `from` is an index of the region's pages. */
  locate(space: number, from: number, pages: number): void;
  /** Fills `out` with the PRESENCE_… bits of up to 512 consecutive pages. */
  presence(page: number, pages: number, out: Uint8Array): void;
  /**
   * Registers the region before the first batch of a migration. From then on a thread that touches an absent page waits.
   * @throws MigrationError if the region cannot be migrated at all. It is then not registered.
   */
  begin(space: number, options?: BeginOptions): void;
  /** Unregisters the region after its last batch. It is ordinary memory again, and threads that wait in it continue. */
  end(space: number): void;
  /**
   * Between batches: gives pages of a region back to the system. They are absent afterwards, and read as zeros. Returns 0 or
   * a negative errno.
   */
  discard(space: number, page: number, pages: number): number;
  /**
   * Between batches: writes pages of a region to the swap of the system. They come back when they are used. Without swap
   * nothing happens. Returns 0 or a negative errno.
   */
  pageOut(space: number, page: number, pages: number): number;
  /** Between batches: serves threads that wait for a page that never existed. Not those that wait for an unmapped page. */
  resolveHoles(): void;
}
