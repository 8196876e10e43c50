/** Other holders of the pages of a region: processes that share them, and devices. */
export interface SharingPort {
  /**
   * Whether pins (I/O, devices) may write to this process's memory past the page tables. The caller calls it after pages
   * were unmapped or write-protected, and before they are copied: see linux/pins/pin-suspects.ts.
   */
  mayPin(): boolean;
  /**
   * Ends copy-on-write sharing of pages; with `shared` also of pages that another process still maps. Only for a region
   * that is not registered. Returns how many pages now belong to their region alone.
   */
  unshare(page: number, pages: number, shared: boolean): number;
  /**
   * Stops the kernel's merging (KSM) around some pages of a region until `resume` is called. Only for a region that is not
   * registered. Undefined where the kernel does not merge.
   */
  stopMerging(space: number, runs: readonly SharedRun[]): StoppedMerging | undefined;
}

/** Consecutive pages, by page number. */
export interface SharedRun {
  readonly page: number;
  readonly pages: number;
}

export interface StoppedMerging {
  resume(): void;
}
