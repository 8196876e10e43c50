import type { Violation } from '../audit/machine-books.js';
import type { Machine } from './machine.js';

/** A run of whole pages of the program's memory, as the machine numbers them. */
export interface PlacedSpan {
  /** Page number of the first page. */
  readonly page: number;
  readonly pages: number;
  /** Index of the first page among all pages of the region. */
  readonly index: number;
}

/** What the engine asks about one region's pages. */
export interface RegionPages {
  readonly spans: readonly PlacedSpan[];
  readonly pages: number;
  /** Index of the node that the page is on. */
  nodeAt(page: number): number;
  /** Whether `pages` pages from `page` on all lie on the node that the first one is on. */
  onOneNode(page: number, pages: number): boolean;
}

/** Bits of `LiveMachine.presence`. */
export const PRESENCE_OCCUPIED = 1;
export const PRESENCE_PRESENT = 2;
export const PRESENCE_EXCLUSIVE = 4;

/**
 * A machine that holds a live program's memory: the pipeline's port, and around it what a migration of
 * regions needs. `linux/` is one.
 */
export interface LiveMachine extends Machine {
  /** Takes spans under management and returns a handle; `node` is where they are believed to lie. */
  attach(
    spans: readonly { readonly address: number; readonly pages: number }[],
    node: number,
    movable?: boolean,
  ): number;
  /**
   * The region's memory is elsewhere now, or more: a new handle in the place of the old one. Pages that it had before stay
   * where they are, and `node` is where the others are believed to lie. No migration of it may be under way.
   */
  replace(
    space: number,
    spans: readonly { readonly address: number; readonly pages: number }[],
    node: number,
  ): number;
  /** Whether a part of the region was unmapped or moved elsewhere since it was attached, as far as that was told. */
  lost(space: number): boolean;
  /** Ends it; the pages stay where they are. */
  detach(space: number): void;
  space(space: number): RegionPages;
  /** Spans that are registered at once, of all regions that are being migrated. A region with more goes alone. */
  readonly maxSpans: number;
  /** Before the first batch of a migration of this region; throws when it cannot be migrated at all. */
  begin(space: number, options?: { readonly writeProtected?: boolean; readonly tables?: boolean }): void;
  /**
   * Whether this process may have memory written to by a pin, past the page tables (I/O, devices). To be asked after pages
   * have left or have been protected, and before they are copied: see linux/pins/pin-suspects.ts.
   */
  mayPin(): boolean;
  /** Whether the 2 MiB that begin at a page are mapped by one entry. */
  isHuge(page: number): boolean;
  /** Bytes of a range that are so; by index among the region's pages. */
  hugeBytes(space: number, from: number, to: number): number;
  /** Before `begin`: has a range be such that 2 MiB pages can come. */
  prepareHuge(space: number, from: number, to: number): void;
  /** Before `begin`: splits what of a range is mapped by 2 MiB entries. */
  splitHuge(space: number, from: number, to: number): void;
  /** After `end`: has the kernel do, on `node`, what of it has not worked. */
  collapse(space: number, from: number, to: number, node: number): void;
  /** After its last batch. */
  end(space: number): void;
  /** After each batch: pools that have grown beyond their maximum and a batch give back. */
  trimExcess(): void;
  /** Now and then between batches: serves who waits for a page that was never there (and not for one that is out). */
  resolveHoles(): void;
  /** After a migration: gives back what the pools hold beyond their maximum. */
  trim(): void;
  /** Prefills a node with free pages beforehand; returns how many base pages it got. */
  prefill(node: number, pages: number, huge: boolean): number;
  /** `hostFree`: what the host said last, for a node without a capacity; without it the host is asked, which is slow. */
  usage(node: number, hostFree?: number): { readonly bytesPooled: number; readonly bytesFree: number };
  /** Corrects the belief where pages lie, if the host knows better. By index among the region's pages. */
  locate(space: number, from: number, pages: number): void;
  /** PRESENCE_… bits of up to 512 consecutive pages. */
  presence(page: number, pages: number, out: Uint8Array): void;
  /** Ends copy-on-write sharing of pages; outside of begin … end. Returns the pages unshared. */
  unshare(page: number, pages: number, shared: boolean): number;
  /**
   * Has the kernel merge no pages (KSM) around some of a region until `resume` is called; outside of begin … end. Undefined
   * where it merges none.
   */
  stopMerging(
    space: number,
    runs: readonly { readonly page: number; readonly pages: number }[],
  ): { resume(): void } | undefined;
  /** Page tables that have arrived on their target as a whole, and base pages that have arrived one entry at a time, so far. */
  readonly tablesMoved: number;
  readonly pagesMovedSingly: number;
  /** How often, so far, the kernel reported an error for pages that it had moved. */
  readonly hiddenMoves: number;
  /** No device may still touch memory for a copy that was given up. */
  readonly devicesAtRest: boolean;
  /** A page of the program is out: true between two steps only when something has gone wrong. */
  readonly pagesOut: boolean;
  /** What does not hold of its books, with nothing unmapped; `full`: looks at every page, too. */
  audit(full: boolean): Violation[];
  close(): void;
  /**
   * Instead of `close`, when something has thrown that should not have: brings everything back, and makes every region
   * ordinary memory. Nothing may be done with the machine afterwards.
   */
  abandon(): void;
}
