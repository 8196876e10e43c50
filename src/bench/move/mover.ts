import { PAGE_SIZE } from '../../common/page.js';
import type { RowSpec } from './row-spec.js';

/** What one run did. */
export interface Run {
  readonly bytesMoved: number;
  readonly durationNs: number;
  readonly foliosMoved: number;
  readonly foliosFailed: number;
}

/** Moves one layout's bytes to a node, and checks them. */
export interface Mover {
  /** Whose time a run is: that of the migration thread, or the caller's, who also waits for messages. */
  readonly clock: 'engine' | 'caller';
  /** `prepare` puts everything back onto the first node: all runs go to the second. */
  readonly restores?: true;
  /** What has to be done before a run and is not part of it. */
  prepare(): Promise<void>;
  /** One run. `to` is a node's id. */
  move(to: number, spec: RowSpec): Promise<Run>;
  /** For each call of a run, the offsets in the region of the folios that it moves. */
  calls(): Float64Array[];
  /** Whether what was moved is what it should be. */
  verify(): boolean;
  /** After a run to node `to` and its check: leaves memory and pools as any other row would have. Not timed. */
  afterRun?(to: number, spec: RowSpec): Promise<void>;
}

/** Base pages of a batch: one folio at a time for `serial`, else as many as the ferry takes. */
export function batching({ migrator }: RowSpec): { readonly batchBytes?: number } {
  return migrator === 'serial' ? { batchBytes: PAGE_SIZE } : {};
}
