import type { NativeCopy } from '../native-limit.js';

/** What the host could do in one round: every run is compared with copies of about the same moment. */
export interface Round {
  /** A plain copy in chunks of the folio size, by one thread. */
  readonly copyGBps: number;
  readonly native: NativeCopy;
}
