import { PAGE_SIZE } from '../../common/page.js';
import type { CopyMode } from '../../mm/copy-mode.js';
import type { MoveCell } from '../experiments/move.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';

/** One cell of a surface. */
export interface SurfaceCell {
  /** Index of the row. The first is the baseline. */
  readonly row: number;
  readonly cell: MoveCell;
  /** Maximum base pages of a batch; undefined: the default of its migrator. */
  readonly batchPages?: number;
}

export interface SurfaceRow {
  readonly label: string;
  readonly mover: Pick<MoveCell, 'migrator' | 'channels' | 'threads'>;
  readonly batchPages?: number;
}

/** The second axis, beside the folio size. */
export const SURFACE_AXES = ['channels', 'batch'] as const;
export type SurfaceAxis = (typeof SURFACE_AXES)[number];

export interface SurfaceOptions {
  readonly axis: SurfaceAxis;
  readonly profile: HardwareProfile;
  readonly migrator: 'cpu' | 'mtcopy' | 'dcbm';
  /** Channels of dcbm or threads of mtcopy, unless they are the axis. */
  readonly channels: number;
  /** Base pages of a batch, unless they are the axis; undefined: the defaults of `pageferry sim move`. */
  readonly batchPages?: number;
  /** Bytes that each cell moves, a multiple of 2 MiB. */
  readonly bytes: number;
}

/** Folio sizes in bytes, the RFC's. */
export const SURFACE_FOLIOS: readonly number[] = [4, 16, 64, 256, 1024, 2048].map((kib) => kib * 1024);
const CHANNELS = [1, 2, 4, 8, 12, 16];
/** From the kernel's smallest natural batch to one PUD. */
export const SURFACE_BATCHES: readonly number[] = [32, 128, 512, 2048, 8192, 32_768, 262_144];

/** Base pages of one cutover: the default of `pageferry sim move`, and the choices. */
export const DEFAULT_CUTOVER_PAGES = 512;
export const SURFACE_CUTOVERS: readonly number[] = [1, 16, 64, DEFAULT_CUTOVER_PAGES, 4096, 32_768];

/** The rows of a surface. The first is the baseline. */
export function surfaceRows(options: SurfaceOptions): SurfaceRow[] {
  const { axis, profile, migrator, channels, batchPages } = options;
  const batch = batchPages === undefined ? {} : { batchPages };
  if (axis === 'batch') {
    return [
      { label: 'baseline', mover: { migrator: 'baseline' } },
      ...SURFACE_BATCHES.map((pages) => ({
        label: `≤ ${formatPages(pages)}`,
        mover: moverOf(migrator, channels),
        batchPages: pages,
      })),
    ];
  }
  const max = migrator === 'dcbm' ? profile.dma.channels : Number.POSITIVE_INFINITY;
  const counts = migrator === 'cpu' ? [1] : CHANNELS.filter((count) => count <= max);
  return [
    { label: 'baseline', mover: { migrator: 'baseline' }, ...batch },
    ...counts.map((count) => ({
      label: labelOf(migrator, count),
      mover: moverOf(migrator, count),
      ...batch,
    })),
  ];
}

/** All cells, in order of their cost: those with few folios first. */
export function surfaceCells(
  rows: readonly SurfaceRow[],
  bytes: number,
  copyMode: CopyMode = 'exclusive',
): SurfaceCell[] {
  return SURFACE_FOLIOS.toReversed().flatMap((folio) =>
    rows.map(({ mover, batchPages }, row) => ({
      row,
      cell: { ...mover, folio, folios: bytes / folio, copyMode },
      ...(batchPages === undefined ? {} : { batchPages }),
    })),
  );
}

function moverOf(migrator: SurfaceOptions['migrator'], count: number): SurfaceRow['mover'] {
  if (migrator === 'dcbm') return { migrator, channels: count };
  return migrator === 'mtcopy' ? { migrator, threads: count } : { migrator };
}

function labelOf(migrator: SurfaceOptions['migrator'], count: number): string {
  if (migrator === 'cpu') return 'cpu';
  return `${count} ${migrator === 'dcbm' ? 'ch' : 'thr'}`;
}

/** Base pages as bytes: 128K, 2M, 1G. */
function formatPages(pages: number): string {
  const kib = (pages * PAGE_SIZE) / 1024;
  if (kib < 1024) return `${kib}K`;
  return kib < 1024 ** 2 ? `${kib / 1024}M` : `${kib / 1024 ** 2}G`;
}
