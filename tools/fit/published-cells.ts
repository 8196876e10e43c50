import { PMD_SIZE } from '../../src/common/page.js';
import { formatSize } from '../../src/common/size.js';
import { RFC_COMPACTION, rfcByBatch, rfcByFolio } from '../../src/sim/experiments/rfc-figures.js';
import { type Constants, compaction, moveNs } from './closed-form.js';

export type Table = 'move' | 'batch' | 'compaction';

/** A published figure, and what the constants say to it. */
export interface PublishedCell {
  readonly table: Table;
  /** Cells of one row are left out together. */
  readonly row: string;
  readonly error: (constants: Constants) => number;
}

const FOLIOS = [4, 16, 64, 256, 1024, 2048].map((kilobytes) => kilobytes * 1024);
const CHANNELS = [0, 1, 2, 4, 8, 12, 16];
const COUNTS = [1, 8, 16, 32, 64, 256, 512, 1024, 2048, 8192];

/** Every figure of the RFC's three tables that says something about time. */
export function publishedCells(): PublishedCell[] {
  return [...moveCells(), ...batchCells(), ...compactionCells()];
}

function moveCells(): PublishedCell[] {
  return CHANNELS.flatMap((channels) =>
    FOLIOS.map((folio) => {
      const folios = 2 ** 30 / folio;
      const rfc = rfcByFolio(
        { migrator: channels === 0 ? 'baseline' : 'dcbm', channels },
        formatSize(folio),
      )!;
      const error = (c: Constants): number => 2 ** 30 / moveNs(c, folio, folios, channels) / rfc - 1;
      return { table: 'move', row: channels === 0 ? 'baseline' : `${channels} ch`, error } as const;
    }),
  );
}

function batchCells(): PublishedCell[] {
  return [0, 1].flatMap((channels) =>
    COUNTS.map((folios) => {
      const rfc = rfcByBatch({ migrator: channels === 0 ? 'baseline' : 'dcbm', channels: 1 }, folios)!;
      const error = (c: Constants): number =>
        (folios * PMD_SIZE) / moveNs(c, PMD_SIZE, folios, channels) / rfc - 1;
      return {
        table: 'batch',
        row: channels === 0 ? 'by count, baseline' : 'by count, 1 ch',
        error,
      } as const;
    }),
  );
}

function compactionCells(): PublishedCell[] {
  return RFC_COMPACTION.flatMap((rfc): PublishedCell[] => {
    const { offload, busy } = rfc;
    const row = `compaction${busy ? ', busy' : ''}${offload ? ', DMA' : ''}`;
    const cell = (
      value: (of: ReturnType<typeof compaction>) => number,
      published: number,
    ): PublishedCell => ({
      table: 'compaction',
      row,
      error: (c) => value(compaction(c, offload, busy)) / published - 1,
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
