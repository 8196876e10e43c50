import { availableParallelism } from 'node:os';
import type { Host } from '../../../bench/harness/host.js';
import { noKernelRow } from '../../../bench/move/kernel-mover.js';
import {
  type Device,
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
import type { OutputFlags } from '../../ui/output-options.js';
import { UsageError } from '../../ui/usage-error.js';

/** Options of `bench move` as they were given, each checked by itself. */
export interface MoveFlags extends OutputFlags {
  readonly folio?: readonly number[];
  readonly foliosPerCall?: readonly number[];
  readonly migrator?: readonly MoveMigrator[];
  readonly channels?: readonly number[];
  readonly threads?: readonly number[];
  readonly device?: Device;
  readonly batchBytes?: number;
  readonly pageTables?: TableMode;
  readonly depth?: number;
  readonly bytes?: number;
  readonly copyBytes?: number;
  readonly warmUp?: number;
  readonly runs?: number;
  readonly layout?: MoveLayout;
  readonly gaps?: readonly GapMode[];
  readonly inject?: ErrorMigratorOptions;
  readonly seed?: number;
}

const ALL_FOLIOS = [4, 16, 64, 256, 1024, 2048].map((kilobytes) => kilobytes * 1024);
/** Bytes of a run by many calls. */
const CALLS_BYTES = 256 * 2 ** 20;
const MAX_THREADS = 64;
/** Bytes of a batch: nobody waits for a page here, and the RFC measured with long batches, too. */
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
  // Asked for by name it is refused; nobody has asked for what is only a default.
  const noKernel = flags.migrator === undefined ? noKernelRow(host) : undefined;
  const migrators = flags.migrator ?? all.filter((name) => name !== 'kernel' || noKernel === undefined);
  checkRows(flags, migrators);
  return {
    folios: batch === undefined ? ascending(flags.folio ?? ALL_FOLIOS) : [PMD_SIZE],
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

function checkRows(
  { channels, device, threads, inject }: MoveFlags,
  migrators: readonly MoveMigrator[],
): void {
  const dcbm = migrators.includes('dcbm');
  if (channels !== undefined && !dcbm)
    throw new UsageError('--channels: no row has DMA channels. Add dcbm to --migrator');
  if (device !== undefined && !dcbm)
    throw new UsageError('--device: no row has a DMA device. Add dcbm to --migrator');
  if (threads !== undefined && !migrators.includes('mtcopy')) {
    throw new UsageError('--threads: no row has copy threads. Add mtcopy to --migrator');
  }
  if (inject !== undefined && !migrators.some((migrator) => OFFLOADING.has(migrator))) {
    throw new UsageError(
      `--inject: no row offloads copies. Add one of ${[...OFFLOADING].join(', ')} to --migrator`,
    );
  }
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
