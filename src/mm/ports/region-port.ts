/** A run of whole pages of the program's memory, as the machine numbers them. */
export interface PlacedSpan {
  /** Page number of the first page. */
  readonly page: number;
  readonly pages: number;
  /** Index of the first page among all pages of the region. */
  readonly index: number;
}

/** The pages of one region, for the engine. */
export interface RegionPages {
  readonly spans: readonly PlacedSpan[];
  readonly pages: number;
  /** Index of the node that the page is on. */
  nodeAt(page: number): number;
  /** Whether `pages` pages from `page` on all lie on the node that the first one is on. */
  onOneNode(page: number, pages: number): boolean;
}

/** Memory of a region, as its owner names it. */
export interface RegionSpan {
  /** Of the first page; a multiple of the page size. */
  readonly address: number;
  readonly pages: number;
}

/** How the region is registered for a migration. */
export interface BeginOptions {
  /** Its readers continue while it is copied. Default false. */
  readonly writeProtected?: boolean;
  /** Whether page tables may be moved as a whole. Default true. */
  readonly tables?: boolean;
}

/** Bits of `RegionPort.presence`. */
export const PRESENCE_OCCUPIED = 1;
export const PRESENCE_PRESENT = 2;
export const PRESENCE_EXCLUSIVE = 4;

/** Regions of the program's memory: which there are, where their pages lie, and which of them are registered. */
export interface RegionPort {
  /** Spans that are registered at once, of all regions that are being migrated. A region with more goes alone. */
  readonly maxSpans: number;
  /**
   * Takes spans under management and returns a handle; `node` is where they are believed to lie. `movable`: the memory may be
   * unmapped at any time.
   */
  attach(spans: readonly RegionSpan[], node: number, movable?: boolean): number;
  /**
   * The region's memory is elsewhere now, or more: a new handle in the place of the old one. Pages that it had before stay
   * where they are, and `node` is where the others are believed to lie. No migration of it may be in progress.
   */
  replace(space: number, spans: readonly RegionSpan[], node: number): number;
  /** Ends it; the pages stay where they are. It may not be registered. */
  detach(space: number): void;
  /** Whether a part of the region was unmapped or moved elsewhere since it was attached. Only changes that the kernel has reported count. */
  lost(space: number): boolean;
  space(space: number): RegionPages;
  /** Corrects the belief where pages lie, if the host knows better. By index among the region's pages. */
  locate(space: number, from: number, pages: number): void;
  /** PRESENCE_… bits of up to 512 consecutive pages. */
  presence(page: number, pages: number, out: Uint8Array): void;
  /**
   * Registers the region, before the first batch of a migration: from here on a thread that touches a page which is not
   * there waits. @throws MigrationError when it cannot be migrated at all; then it is not registered.
   */
  begin(space: number, options?: BeginOptions): void;
  /** Unregisters the region, after its last batch: it is ordinary memory again, and threads that wait in it continue. */
  end(space: number): void;
  /** Between batches: serves who waits for a page that was never there (and not for one that is out). */
  resolveHoles(): void;
}
