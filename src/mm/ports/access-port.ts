/** Calls for a page that a thread waits for: whether it waits to write, and the system's number of the thread (0: unknown). */
export type OnTouch = (page: number, write: boolean, thread: number) => void;

/** Reports which unmapped pages the program's threads wait for. For access sources that unmap pages to see who uses them. */
export interface AccessPort {
  /** Nanoseconds that the migration thread and the threads that serve it have spent on a CPU. */
  cpuNs(): number;
  /** The same of the program's threads together. A thread that waits for a page spends none. */
  programNs(): number;
  /** Sleeps until a thread waits for a page, for `nanoseconds` at most. */
  awaitTouch(nanoseconds: number): void;
  /**
   * Calls `each` for every thread that has begun to wait for an unmapped page since the last call. A page may be reported
   * more than once. Serves threads that wait for a page that never existed, as `RegionPort.resolveHoles` does.
   */
  takeTouches(each: OnTouch): void;
}
