import { PAGE_SIZE } from '../../common/page.js';
import type { MigrateOptions } from '../../ferry/migrate-options.js';
import type { MigratableRange } from '../../ferry/region.js';
import type { PatternedMemory } from './patterned-memory.js';
import type { RowSpec } from './row-spec.js';

export interface Run {
  readonly bytesMoved: number;
  readonly durationNs: number;
  readonly foliosMoved: number;
  readonly foliosFailed: number;
}

/** Moves one layout's bytes to a node, and checks them. */
export interface Mover {
  /** Whether the time is the migration thread's, or the caller's, with its waits for messages. */
  readonly clock: 'engine' | 'caller';
  /** `prepare` puts everything back onto the first node, and all runs go to the second. */
  readonly restores?: true;
  /** Prepares a run, untimed. */
  prepare(): Promise<void>;
  /** One run. `to` is a node's id. */
  move(to: number, spec: RowSpec): Promise<Run>;
  /** For each call of a run, the offsets in the region of the folios that it moves. */
  calls(): Float64Array[];
  /** Whether the moved memory has its content. */
  verify(): boolean;
  /** Leaves memory and pools as any other row does, after a run to node `to` and its check. Untimed. */
  afterRun?(to: number, spec: RowSpec): Promise<void>;
}

/** One folio in each batch for `serial`, else the batches of the ferry. */
export function batching({ migrator }: RowSpec): { readonly batchBytes?: number } {
  return migrator === 'serial' ? { batchBytes: PAGE_SIZE } : {};
}

/** Migrates ranges one after the other. The time is the migration thread's. */
export async function migrateRanges(
  { region }: PatternedMemory,
  ranges: readonly MigratableRange[],
  options: MigrateOptions,
): Promise<Run> {
  const total = { bytesMoved: 0, durationNs: 0, foliosMoved: 0, foliosFailed: 0 };
  for (const { offset, length } of ranges) {
    const result = await region.migrate({ ...options, offset, length });
    total.bytesMoved += result.bytesMoved;
    total.durationNs += result.durationNs;
    total.foliosMoved += result.foliosMoved;
    total.foliosFailed += result.foliosFailed;
  }
  return total;
}
