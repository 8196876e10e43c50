/** Other holders of the pages of a region: processes that share them, and devices. */
export interface SharingPort {
  /**
   * Whether this process may have memory written to by a pin, past the page tables (I/O, devices). To be called after pages
   * have left or have been protected, and before they are copied: see linux/pin-suspects.ts.
   */
  mayPin(): boolean;
  /**
   * Ends copy-on-write sharing of pages, with `shared` also of those that another process still maps. Only for a region that
   * is not registered. Returns how many pages are their region's alone now.
   */
  unshare(page: number, pages: number, shared: boolean): number;
  /**
   * Has the kernel merge no pages (KSM) around some of a region until `resume` is called. Only for a region that is not
   * registered. Undefined where it merges none.
   */
  stopMerging(space: number, runs: readonly SharedRun[]): StoppedMerging | undefined;
}

/** A run of pages, by page number. */
export interface SharedRun {
  readonly page: number;
  readonly pages: number;
}

/** Merging that was stopped. */
export interface StoppedMerging {
  resume(): void;
}
