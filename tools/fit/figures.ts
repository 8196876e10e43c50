/**
 * `npm run sim-figures`: computes the figures of docs/simulation.md and writes them there, each between its comments
 * `<!-- figures: NAME -->` and `<!-- end -->`.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { PMD_SIZE } from '../../src/common/page.js';
import { formatSize } from '../../src/common/size.js';
import { type CompactionFigures, runCompaction } from '../../src/sim/experiments/compaction.js';
import { type MoveCell, type MoveFigures, runMove } from '../../src/sim/experiments/move.js';
import {
  RFC_COMPACTION,
  RFC_COMPACTION_HUGE_PAGES,
  RFC_MTCOPY_IN_ONE_DOMAIN_GBPS,
  RFC_MTCOPY_THREADS,
  rfcByBatch,
  rfcByFolio,
  rfcByThreads,
} from '../../src/sim/experiments/rfc-figures.js';
import { type ClosedCell, closedNs } from '../../src/sim/fit/closed-form.js';
import { readFigures } from '../../src/sim/fit/figures-csv.js';
import { fitMachine } from '../../src/sim/fit/fit-machine.js';
import { readMachineSheet } from '../../src/sim/fit/machine-sheet.js';
import { predictionInterval } from '../../src/sim/fit/prediction.js';
import { readProfile } from '../../src/sim/profile/read-profile.js';
import { figureOf, figureRange } from '../../src/sim/profile/with-figures.js';
import { leaveOut, leftOutTable, percent } from './left-out.js';
import { meanAbsolute, type PublishedCell, publishedCells } from './published-cells.js';
import { FITTED, SEED } from './search.js';

const ROOT = new URL('../../../', import.meta.url);
const DOCS = new URL('docs/simulation.md', ROOT);
const profile = readProfile(JSON.parse(readFileSync(new URL('profiles/zen3-ptdma.json', ROOT), 'utf8')));
const GIB = 2 ** 30;
const FOLIOS = [4, 16, 64, 256, 1024, 2048].map((kilobytes) => kilobytes * 1024);
const CHANNELS = [0, 1, 2, 4, 8, 12, 16];
const COUNTS = [1, 8, 16, 32, 64, 256, 512, 1024, 2048, 8192];
const HUGE_PAGES = 2048;

const blocks: Readonly<Record<string, () => string>> = {
  move: () => published(folioCells(), byFolio),
  batch: () => published(countCells(), byCount),
  mtcopy: () => published(threadCells(), byThreads),
  'first-folio': firstFolio,
  'write-protected': writeProtected,
  compaction: compactionTable,
  constants: () =>
    table(
      ['constant', 'value'],
      FITTED.map((path) => [`\`${path}\``, `${figureOf(profile, path)} ${figureRange(path)!.unit}`]),
    ),
  six: sixCells,
  rows: () => leftOut('row', ({ row }) => row),
  states: () => leftOut('state of the machine', ({ state }) => state),
};

let text = readFileSync(DOCS, 'utf8');
for (const [name, make] of Object.entries(blocks)) {
  const block = new RegExp(`(<!-- figures: ${name} -->\n)[^]*?(<!-- end -->)`);
  if (!block.test(text)) throw new Error(`docs/simulation.md has no comments for the figures '${name}'`);
  const made = make();
  text = text.replace(block, (_, begin: string, end: string) => `${begin}\n${made}\n\n${end}`);
  console.log(`${name}\n${made}\n`);
}
writeFileSync(DOCS, text);

function folioCells(): MoveCell[] {
  return FOLIOS.flatMap((folio) =>
    CHANNELS.map((channels) => ({ ...mover(channels), folio, folios: GIB / folio })),
  );
}

function byFolio({ migrator, channels = 1, folio }: MoveCell): number {
  return rfcByFolio({ migrator, channels }, formatSize(folio))!;
}

function countCells(): MoveCell[] {
  return COUNTS.flatMap((folios) =>
    [0, 1].map((channels) => ({ ...mover(channels), folio: PMD_SIZE, folios })),
  );
}

function byCount({ migrator, channels = 1, folios }: MoveCell): number {
  return rfcByBatch({ migrator, channels }, folios)!;
}

function threadCells(): MoveCell[] {
  const cell = { migrator: 'mtcopy', folio: PMD_SIZE, folios: GIB / PMD_SIZE } as const;
  return [
    ...RFC_MTCOPY_THREADS.map((threads) => ({ ...cell, threads })),
    ...[1, 2, 4, 8].map((threads) => ({ ...cell, threads, placement: 'packed' as const })),
  ];
}

function byThreads({ threads = 1, placement }: MoveCell): number {
  return placement === 'packed' ? RFC_MTCOPY_IN_ONE_DOMAIN_GBPS : rfcByThreads(threads)!;
}

function mover(channels: number): Pick<MoveCell, 'migrator' | 'channels'> {
  return channels === 0 ? { migrator: 'baseline' } : { migrator: 'dcbm', channels };
}

function run(cell: MoveCell, batchPages?: number): MoveFigures {
  const more = batchPages === undefined ? {} : { batchPages };
  const figures = runMove(cell, { profile, seed: 1, words: 1, ...more });
  if (figures.wrongPages !== 0) throw new Error(`${figures.wrongPages} pages were lost`);
  return figures;
}

function published(cells: readonly MoveCell[], publishedOf: (cell: MoveCell) => number): string {
  const rows = cells.map((cell) => {
    const [rfc, { GBps }] = [publishedOf(cell), run(cell)];
    return { cell, rfc, GBps, error: GBps / rfc - 1 };
  });
  const errors = rows.map(({ error }) => error);
  const worst = Math.max(...errors.map(Math.abs));
  return [
    `Mean absolute error **${(100 * meanAbsolute(errors)).toFixed(1)} %** of ${rows.length} cells, worst ${(100 * worst).toFixed(1)} %.`,
    '',
    table(
      ['folio', 'folios', 'migrator', 'published', 'simulated', 'error'],
      rows.map(({ cell, rfc, GBps, error }) => [
        formatSize(cell.folio),
        String(cell.folios),
        label(cell),
        rfc.toFixed(2),
        GBps.toFixed(2),
        signed(error),
      ]),
    ),
  ].join('\n');
}

function firstFolio(): string {
  const movers = [mover(0), mover(1), mover(8), { migrator: 'mtcopy', threads: 8 } as const];
  const rows = [2, 8, 32, 128, 512].flatMap((mebibytes) => {
    const batchPages = mebibytes * 256;
    return movers.map((by) => {
      const { GBps, firstFolioNs } = run({ ...by, folio: PMD_SIZE, folios: GIB / PMD_SIZE }, batchPages);
      return [`${mebibytes}M`, label(by), GBps.toFixed(2), micros(firstFolioNs)];
    });
  });
  return table(['batch', 'migrator', 'GB/s', 'first folio, µs'], rows);
}

function writeProtected(): string {
  const rows = [4096, 65_536, PMD_SIZE].flatMap((folio) =>
    [mover(0), mover(8)].map((by) => {
      const cell = { ...by, folio, folios: GIB / 4 / folio };
      const both = (['exclusive', 'write-protected'] as const).map((copyMode) =>
        run({ ...cell, copyMode }, 16_384),
      );
      const pair = (of: (figures: MoveFigures) => string): string => both.map(of).join(' / ');
      return [
        formatSize(folio),
        label(by),
        pair(({ GBps }) => GBps.toFixed(2)),
        pair(({ readerWaitNs }) => micros(readerWaitNs)),
        pair(({ writerWaitNs }) => micros(writerWaitNs)),
      ];
    }),
  );
  return table(['folio', 'migrator', 'GB/s', 'reader waits, µs', 'writer waits, µs'], rows);
}

function compactionTable(): string {
  const scale = HUGE_PAGES / RFC_COMPACTION_HUGE_PAGES;
  const rows = RFC_COMPACTION.flatMap(({ offload, busy, ...rfc }) => {
    const cell = { migrator: offload ? ('dcbm' as const) : ('baseline' as const), hogs: busy ? 1 : 0 };
    const own: CompactionFigures = runCompaction(cell, {
      profile,
      seed: 1,
      hugePages: HUGE_PAGES,
      cluster: 32,
    });
    const figures: (readonly [number | null, number, (value: number) => string])[] = [
      [rfc.wallMs * scale, own.wallMs, (value) => value.toFixed(0)],
      [
        rfc.hogIterations === null ? null : (rfc.hogIterations * scale) / 1e9,
        own.hogIterations / 1e9,
        (value) => value.toFixed(2),
      ],
      ...[
        [rfc.userPercent, own.userPercent],
        [rfc.sysPercent, own.sysPercent],
        [rfc.idlePercent, own.idlePercent],
      ].map(([theirs, ours]) => [theirs!, ours!, (value: number) => `${value.toFixed(1)} %`] as const),
    ];
    const name = `${busy ? 'busy ' : ''}${offload ? 'dma' : 'baseline'}`;
    return [
      [
        name,
        'published / 8',
        ...figures.map(([theirs, , format]) => (theirs === null ? '' : format(theirs))),
      ],
      ['', 'simulated', ...figures.map(([theirs, ours, format]) => (theirs === null ? '' : format(ours)))],
      [
        '',
        'error',
        ...figures.map(([theirs, ours]) => (theirs === null || theirs < 1 ? '' : signed(ours / theirs - 1))),
      ],
    ];
  });
  return table(['run', 'figures', 'wall ms', '10^9 iterations', 'user', 'sys', 'idle'], rows);
}

/** The sheet and the figures that the page shows. */
function sixCells(): string {
  const shown = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n(\\{?[^]*?)\`\`\``).exec(text)![1]!;
  const figures = readFigures(shown('csv'));
  const machine = fitMachine(readMachineSheet(JSON.parse(shown('json'))), figures);
  const isSeen = (cell: ClosedCell): boolean =>
    figures.some(({ cell: { migrator, folio, folios, channels, threads } }) =>
      isDeepStrictEqual(
        [migrator, folio, folios, channels, threads],
        [cell.migrator, cell.folio, cell.folios, cell.channels, cell.threads],
      ),
    );
  const tables = [
    ['by folio size and channels', folioCells(), byFolio],
    ['by number of folios', countCells(), byCount],
    ['by threads, spread', threadCells().filter(({ placement }) => placement !== 'packed'), byThreads],
  ] as const;
  return table(
    ['table', 'cells', 'mean error', 'worst', 'inside the interval'],
    tables.map(([name, cells, publishedOf]) => {
      const rows = cells
        .filter((cell) => !isSeen(cell))
        .map((cell) => {
          const GBps = (cell.folio * cell.folios) / closedNs(machine.profile, cell);
          const { low, high } = predictionInterval(machine.profile, cell, GBps)!;
          const rfc = publishedOf(cell);
          return { error: GBps / rfc - 1, inside: low <= rfc && rfc <= high };
        });
      const errors = rows.map(({ error }) => error);
      const worst = Math.max(...errors.map(Math.abs));
      const inside = rows.filter((row) => row.inside).length;
      return [name, String(rows.length), percent(meanAbsolute(errors)), percent(worst), String(inside)];
    }),
  );
}

function leftOut(name: string, groupOf: (cell: PublishedCell) => string): string {
  return leftOutTable(name, leaveOut(profile, profile, publishedCells(), groupOf, SEED));
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const isText = (column: string): boolean =>
    ['migrator', 'constant', 'run', 'figures', 'table'].includes(column);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    `|${columns.map((column) => (isText(column) ? '---' : '--:')).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

function label({
  migrator,
  channels,
  threads,
  placement,
}: Pick<MoveCell, 'migrator' | 'channels' | 'threads' | 'placement'>): string {
  if (migrator === 'dcbm') return `dcbm ${channels} ch`;
  return migrator === 'mtcopy'
    ? `mtcopy ${threads} thr${placement === 'packed' ? ', packed' : ''}`
    : migrator;
}

function micros(nanoseconds: number): string {
  return Math.round(nanoseconds / 1000).toLocaleString('en');
}

function signed(part: number): string {
  return `${part >= 0 ? '+' : ''}${(100 * part).toFixed(1)} %`;
}
