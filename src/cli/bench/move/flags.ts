import { availableParallelism } from 'node:os';
import type { Host } from '../../../bench/harness/host.js';
import { noKernelRow } from '../../../bench/move/kernel-row.js';
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
  readonly batch?: readonly number[];
  readonly migrator?: readonly MoveMigrator[];
  readonly channels?: readonly number[];
  readonly threads?: readonly number[];
  readonly device?: Device;
  readonly maxBatch?: number;
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
    batch,
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
    maxBatch: flags.maxBatch ?? MAX_BATCH,
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
    ...(noKernel === undefined ? {} : { notes: [`no row kernel: ${noKernel}`] }),
  };
}

function checkTogether({ batch, folio, gaps }: MoveFlags, layout: MoveLayout): void {
  if (batch !== undefined && folio !== undefined) {
    throw new UsageError('--batch and --folio do not go together: a batch is of folios of 2M');
  }
  if (batch !== undefined && layout !== 'contiguous') {
    throw new UsageError(`--batch and --layout ${layout} do not go together: calls move folios side by side`);
  }
  if (gaps !== undefined && layout !== 'alternate') {
    throw new UsageError('--gaps needs --layout alternate: nothing else has gaps to move');
  }
}

function checkRows(
  { channels, device, threads, inject }: MoveFlags,
  migrators: readonly MoveMigrator[],
): void {
  const dcbm = migrators.includes('dcbm');
  if (channels !== undefined && !dcbm) throw new UsageError('--channels needs a row that has some: dcbm');
  if (device !== undefined && !dcbm) throw new UsageError('--device needs a row that has one: dcbm');
  if (threads !== undefined && !migrators.includes('mtcopy')) {
    throw new UsageError('--threads needs a row that has some: mtcopy');
  }
  if (inject !== undefined && !migrators.some((migrator) => OFFLOADING.has(migrator))) {
    throw new UsageError(`--inject needs a row that offloads copies: ${[...OFFLOADING].join(', ')}`);
  }
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
