import type { NativeCopy } from '../harness/native-limit.js';

/** What the host could do in one round: every run is compared with copies of about the same moment. */
export interface Round {
  /** A plain copy in chunks of the folio size, by one thread. */
  readonly copyGBps: number;
  /** The same in chunks of 2 MiB: what one thread can do without a migrator. */
  readonly threadGBps: number;
  readonly native: NativeCopy;
}
