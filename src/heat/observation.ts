/** The `touchedAfterNs` of an observation in which no access came. */
export const UNTOUCHED = -1;
/** The `touchedAfterNs` of an observation in which an access came at an unknown time. */
export const TOUCHED_SOMETIME = -2;

/** The `kind` of an observation: the kind of its first access. */
export const KIND_UNKNOWN = 0;
export const KIND_READ = 1;
export const KIND_WRITE = 2;

/** The `thread` of an observation whose thread is not known. */
export const NO_THREAD = 0;

/**
 * The receiver of the observations of an access source. The arguments are numbers, so that an observation needs no object.
 */
export interface AccessSink {
  /**
   * The unit of `pages` pages that begins at `page` was watched from `atNs` on. Its first access came after
   * `touchedAfterNs`, or none came in `watchedNs`.
   * @param page Index of the first page among all pages of the region.
   * @param pages At least 1. A unit need not be aligned, and may have any size.
   * @param watchedNs How long the source would have watched without an access, above 0.
   * @param touchedAfterNs From 0 to `watchedNs`: the watch ended at this access, and later ones were not seen.
   * `UNTOUCHED`: no access came in `watchedNs`. `TOUCHED_SOMETIME`: at least one access came in `watchedNs`.
   * @param atNs The beginning of the watch, above 0, on a monotonic clock. All observations use the same clock.
   * @param kind `KIND_READ`, `KIND_WRITE` or `KIND_UNKNOWN`: the first access. Of no meaning without one.
   * @param thread The system's number of the thread of the first access, or `NO_THREAD`.
   */
  observe(
    page: number,
    pages: number,
    watchedNs: number,
    touchedAfterNs: number,
    atNs: number,
    kind: number,
    thread: number,
  ): void;
}

/**
 * The accesses that a source can see. A source that sees only writes takes a page that is only read for untouched.
 * @see {@link Region.heat} for an example
 */
export interface Sight {
  /** Whether it sees reads. */
  readonly reads: boolean;
  /** Whether it sees writes. */
  readonly writes: boolean;
  /** Whether it distinguishes a read from a write. */
  readonly kinds: boolean;
  /** Whether it knows the thread. */
  readonly threads: boolean;
}
