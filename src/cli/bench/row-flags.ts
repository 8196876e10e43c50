import type { Device } from '../../bench/move/options.js';
import { UsageError } from '../ui/errors.js';
import type { OutputFlags } from '../ui/output-options.js';

/** Options of benches with a row for each migrator, as the user gave them, each checked by itself. */
export interface RowFlags<Migrator> extends OutputFlags {
  readonly folio?: readonly number[];
  readonly migrator?: readonly Migrator[];
  readonly channels?: readonly number[];
  readonly threads?: readonly number[];
  readonly device?: Device;
  readonly depth?: number;
  readonly bytes?: number;
  readonly runs?: number;
  readonly seed?: number;
}

/** @throws UsageError for an option that no row has a use for. */
export function checkRows(
  { channels, device, threads }: RowFlags<unknown>,
  migrators: readonly string[],
): void {
  const dcbm = migrators.includes('dcbm');
  if (channels !== undefined && !dcbm)
    throw new UsageError('--channels: no row has DMA channels. Add dcbm to --migrator');
  if (device !== undefined && !dcbm)
    throw new UsageError('--device: no row has a DMA device. Add dcbm to --migrator');
  if (threads !== undefined && !migrators.includes('mtcopy'))
    throw new UsageError('--threads: no row has copy threads. Add mtcopy to --migrator');
}

export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
