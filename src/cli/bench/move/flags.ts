import { availableParallelism } from 'node:os';
import type { Host } from '../../../bench/harness/host.js';
import { noKernelRow } from '../../../bench/move/kernel-mover.js';
import {
  GAP_MODES,
  type GapMode,
  MOVE_MIGRATORS,
  type MoveLayout,
  type MoveMigrator,
  type MoveOptions,
  OFFLOADING,
} from '../../../bench/move/options.js';
import { PMD_SIZE } from '../../../common/page.js';
import type { TableMode } from '../../../linux/tables/table-policy.js';
import type { ErrorMigratorOptions } from '../../../migrators/error/error-options.js';
import { RFC_FOLIOS } from '../../ui/common-options.js';
import { UsageError } from '../../ui/errors.js';
import { ascending, checkRows, type RowFlags } from '../row-flags.js';

export interface MoveFlags extends RowFlags<MoveMigrator> {
  readonly foliosPerCall?: readonly number[];
  readonly batchBytes?: number;
  readonly pageTables?: TableMode;
  readonly copyBytes?: number;
  readonly warmUp?: number;
  readonly layout?: MoveLayout;
  readonly gaps?: readonly GapMode[];
  readonly inject?: ErrorMigratorOptions;
  readonly predict?: string;
  readonly predictions?: string;
  readonly force?: boolean;
}

/** Bytes of a run by many calls. */
const CALLS_BYTES = 256 * 2 ** 20;
const MAX_THREADS = 64;
/** Bytes of a batch. No thread waits for a page here, and the RFC measured with long batches, too. */
const MAX_BATCH = 32 * 2 ** 20;

/** Fills in the defaults that make sense on this host. @throws UsageError naming an option that does not fit the others. */
export function moveOptions(flags: MoveFlags, host: Pick<Host, 'nodes'>): MoveOptions {
  const {
    foliosPerCall: batch,
    layout = 'contiguous',
    runs = 5,
    seed = 1,
    device = 'soft',
    depth,
    copyBytes,
    warmUp,
    inject,
    pageTables,
  } = flags;
  checkTogether(flags, layout);
  const all = batch === undefined ? MOVE_MIGRATORS : (['baseline', 'dcbm', 'kernel'] as const);
  // A default that this host lacks is left out. A row that the user names is refused later.
  const noKernel = flags.migrator === undefined ? noKernelRow(host) : undefined;
  const migrators = flags.migrator ?? all.filter((name) => name !== 'kernel' || noKernel === undefined);
  checkRows(flags, migrators);
  if (inject !== undefined && !migrators.some((migrator) => OFFLOADING.has(migrator))) {
    throw new UsageError(
      `--inject: no row offloads copies. Add one of ${[...OFFLOADING].join(', ')} to --migrator`,
    );
  }
  return {
    folios: batch === undefined ? ascending(flags.folio ?? RFC_FOLIOS) : [PMD_SIZE],
    ...(batch === undefined ? {} : { batch: ascending(batch) }),
    migrators,
    channels: ascending(flags.channels ?? (batch === undefined ? [1, 2] : [1])),
    threads: ascending(flags.threads ?? [Math.min(MAX_THREADS, availableParallelism())]),
    device,
    maxBatch: flags.batchBytes ?? MAX_BATCH,
    ...(pageTables === undefined ? {} : { pageTables }),
    ...(depth === undefined ? {} : { depth }),
    ...(copyBytes === undefined ? {} : { copyBytes }),
    ...(warmUp === undefined ? {} : { warmUp }),
    bytes: flags.bytes ?? (batch === undefined ? 2 ** 30 : CALLS_BYTES),
    runs,
    layout,
    gapModes: GAP_MODES.filter((each) => (flags.gaps ?? ['skip']).includes(each)),
    ...(inject === undefined ? {} : { inject }),
    seed,
    ...(noKernel === undefined ? {} : { notes: [`the row kernel is omitted: ${noKernel}`] }),
  };
}

function checkTogether({ foliosPerCall, folio, gaps }: MoveFlags, layout: MoveLayout): void {
  if (foliosPerCall !== undefined && folio !== undefined) {
    throw new UsageError('--folios-per-call: cannot be combined with --folio. It always moves 2M folios');
  }
  if (foliosPerCall !== undefined && layout !== 'contiguous') {
    throw new UsageError(
      `--folios-per-call: cannot be combined with --layout ${layout}. Use --layout contiguous`,
    );
  }
  if (gaps !== undefined && layout !== 'alternate') {
    throw new UsageError('--gaps: no other layout has gaps. Use it with --layout alternate');
  }
}
