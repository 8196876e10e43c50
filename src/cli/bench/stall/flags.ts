import type { Host } from '../../../bench/harness/host.js';
import type { BatchMigrator } from '../../../bench/move/options.js';
import type { StallOptions } from '../../../bench/stall/options.js';
import { PMD_SIZE } from '../../../common/page.js';
import { COPY_MODES, type CopyMode } from '../../../mm/copy-mode.js';
import { UsageError } from '../../ui/errors.js';
import { ascending, checkRows, type RowFlags } from '../row-flags.js';

export interface StallFlags extends RowFlags<BatchMigrator> {
  readonly batchBytes?: readonly number[];
  readonly copyMode?: readonly CopyMode[];
  readonly cutover?: readonly number[];
  readonly readers?: number;
  readonly writers?: number;
  readonly together?: boolean;
  readonly seconds?: number;
}

const M = 2 ** 20;
const BATCHES = [2, 8, 16, 32, 64].map((megabytes) => megabytes * M);
const BYTES = 512 * M;

/** Fills in the defaults that make sense on this host. @throws UsageError naming an option that does not fit the others. */
export function stallOptions(flags: StallFlags, { cpus }: Pick<Host, 'cpus'>): StallOptions {
  const { readers = 1, writers = 1, together = false, depth } = flags;
  const copyModes = COPY_MODES.filter((name) => flags.copyMode?.includes(name) ?? true);
  const migrators = flags.migrator ?? ['baseline', 'mtcopy'];
  const batches = ascending(flags.batchBytes ?? BATCHES);
  const { bytes = Math.max(BYTES, batches.at(-1)!) } = flags;
  checkProgram(readers, writers, together);
  checkRows(flags, migrators);
  if (bytes < batches.at(-1)!) throw new UsageError('--bytes: must be at least the largest of --batch-bytes');
  if (flags.cutover !== undefined && !copyModes.includes('write-protected')) {
    throw new UsageError(
      '--cutover: only write-protected batches are cut over. Add --copy-mode write-protected',
    );
  }
  // The CPUs that the program's threads leave free. At least one thread copies: the migration thread.
  const busy = together ? readers + writers : Math.max(readers, writers);
  return {
    folios: ascending(flags.folio ?? [4096]),
    batches,
    copyModes,
    copyModeDefaulted: flags.copyMode === undefined,
    cutovers: ascending(flags.cutover ?? []),
    migrators,
    channels: ascending(flags.channels ?? [1]),
    threads: ascending(flags.threads ?? [Math.min(64, Math.max(1, cpus - busy))]),
    device: flags.device ?? 'soft',
    ...(depth === undefined ? {} : { depth }),
    bytes: Math.floor(bytes / PMD_SIZE) * PMD_SIZE,
    seconds: flags.seconds ?? 1,
    runs: flags.runs ?? 3,
    program: { reader: readers, writer: writers },
    together,
    seed: flags.seed ?? 1,
  };
}

function checkProgram(readers: number, writers: number, together: boolean): void {
  if (readers + writers === 0) {
    throw new UsageError(
      '--readers, --writers: both are 0, so there are no waits to measure. Set one of them to 1 or more',
    );
  }
  if (together && (readers === 0 || writers === 0)) {
    throw new UsageError('--together: needs readers and writers. Set --readers and --writers to 1 or more');
  }
}
