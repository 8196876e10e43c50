import { PMD_SIZE } from '../../src/common/page.js';
import { formatSize } from '../../src/common/size.js';
import {
  RFC_COMPACTION,
  RFC_MTCOPY_IN_ONE_DOMAIN_GBPS,
  RFC_MTCOPY_THREADS,
  rfcByBatch,
  rfcByFolio,
  rfcByThreads,
} from '../../src/sim/experiments/rfc-figures.js';
import { type ClosedCell, closedNs } from '../../src/sim/fit/closed-form.js';
import type { HardwareProfile } from '../../src/sim/profile/hardware-profile.js';
import { closedCompaction } from './closed-compaction.js';

export const PUBLISHED_TABLES = ['move', 'batch', 'compaction', 'mtcopy'] as const;

export type PublishedTable = (typeof PUBLISHED_TABLES)[number];

/** A published figure of the RFC's machine. */
export interface PublishedCell {
  readonly table: PublishedTable;
  /** Cells of one row are left out together. */
  readonly row: string;
  /** The state of the machine in which it was measured. Cells of one state are left out together, too. */
  readonly state: string;
  /** Relative error of the closed form. */
  readonly error: (profile: HardwareProfile) => number;
}

const FOLIOS = [4, 16, 64, 256, 1024, 2048].map((kilobytes) => kilobytes * 1024);
const CHANNELS = [0, 1, 2, 4, 8, 12, 16];
const COUNTS = [1, 8, 16, 32, 64, 256, 512, 1024, 2048, 8192];
const GIB = 2 ** 30;

/** Every published figure of the RFC's machine about time. */
export function publishedCells(): PublishedCell[] {
  return [...moveCells(), ...batchCells(), ...compactionCells(), ...mtcopyCells()];
}

function errorOf(cell: ClosedCell, publishedGBps: number): PublishedCell['error'] {
  const bytes = cell.folio * cell.folios;
  return (profile) => bytes / closedNs(profile, cell) / publishedGBps - 1;
}

function mover(channels: number): Pick<ClosedCell, 'migrator' | 'channels'> {
  return channels === 0 ? { migrator: 'baseline' } : { migrator: 'dcbm', channels };
}

function moveCells(): PublishedCell[] {
  return CHANNELS.flatMap((channels) =>
    FOLIOS.map((folio): PublishedCell => {
      const by = mover(channels);
      const rfc = rfcByFolio({ channels: 1, ...by }, formatSize(folio))!;
      return {
        table: 'move',
        row: channels === 0 ? 'baseline' : `${channels} ch`,
        state: '1 GiB by folio size',
        error: errorOf({ ...by, folio, folios: GIB / folio }, rfc),
      };
    }),
  );
}

function batchCells(): PublishedCell[] {
  return [0, 1].flatMap((channels) =>
    COUNTS.map((folios): PublishedCell => {
      const by = mover(channels);
      return {
        table: 'batch',
        row: channels === 0 ? 'by count, baseline' : 'by count, 1 ch',
        state: '2M by count',
        error: errorOf({ ...by, folio: PMD_SIZE, folios }, rfcByBatch({ channels: 1, ...by }, folios)!),
      };
    }),
  );
}

function mtcopyCells(): PublishedCell[] {
  const at = { table: 'mtcopy', state: 'earlier round, mtcopy at 2M' } as const;
  const cell = { migrator: 'mtcopy', folio: PMD_SIZE, folios: GIB / PMD_SIZE } as const;
  return [
    ...RFC_MTCOPY_THREADS.map((threads) => ({
      ...at,
      row: 'mtcopy, spread',
      error: errorOf({ ...cell, threads }, rfcByThreads(threads)!),
    })),
    ...[1, 2, 4, 8].map((threads) => ({
      ...at,
      row: 'mtcopy, packed',
      error: errorOf({ ...cell, threads, placement: 'packed' as const }, RFC_MTCOPY_IN_ONE_DOMAIN_GBPS),
    })),
  ];
}

function compactionCells(): PublishedCell[] {
  return RFC_COMPACTION.flatMap((rfc): PublishedCell[] => {
    const { offload, busy } = rfc;
    const row = `compaction${busy ? ', busy' : ''}${offload ? ', DMA' : ''}`;
    const cell = (
      value: (of: ReturnType<typeof closedCompaction>) => number,
      published: number,
    ): PublishedCell => ({
      table: 'compaction',
      row,
      state: busy ? 'busy compaction' : 'idle compaction',
      error: (profile) => value(closedCompaction(profile, offload, busy)) / published - 1,
    });
    return [
      cell((of) => of.wallMs, rfc.wallMs),
      cell((of) => of.sysPercent, rfc.sysPercent),
      ...(busy ? [cell((of) => of.userPercent, rfc.userPercent)] : []),
      ...(busy ? [cell((of) => of.hogIterations, rfc.hogIterations!)] : []),
      ...(offload && !busy ? [cell((of) => of.idlePercent, rfc.idlePercent)] : []),
    ];
  });
}

export function meanAbsolute(errors: readonly number[]): number {
  return errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;
}
