import { rowLabel } from '../../../bench/move/row-spec.js';
import type { Role } from '../../../bench/stall/options.js';
import type { StallReport, StallRow, WaitFigures } from '../../../bench/stall/report.js';
import { formatSize } from '../../../common/size.js';
import type { SheetTable } from '../../../report/sheet.js';

const RIGHT = { align: 'right' } as const;

/** How long one role waits, migration or none. */
export function waitTable(
  { options, undisturbed, elsewhere, rows }: StallReport,
  folio: string,
  role: Role,
): SheetTable {
  const own = <T extends { folio: string; role: Role }>(all: readonly T[]) =>
    all.filter((row) => row.folio === folio && row.role === role);
  const line = (row: StallRow, way: string) => [
    formatSize(row.batchBytes),
    way,
    rowLabel(row),
    row.GBps.toFixed(2),
    ...times(row, row.ofUndisturbed),
  ];
  const threads = role === 'reader' ? options.readers : options.writers;
  return {
    caption: `folios of ${folio}, ${threads} ${role}${threads === 1 ? '' : 's'}`,
    columns: [
      { title: 'batch', ...RIGHT },
      { title: 'concurrency' },
      { title: 'migrator' },
      ...['GB/s', 'p50', 'p99', 'p99.99', 'max', 'done'].map((title) => ({ title, ...RIGHT })),
    ],
    rows: [
      ...own(undisturbed).map((row) => ['', 'none', '', '', ...times(row, 1)]),
      ...own(elsewhere).map((row) => line(row, 'elsewhere')),
      ...own(rows).map((row) => line(row, wayOf(row))),
    ],
  };
}

/** What read-through comes to, of exclusive; nothing where not both were measured. */
export function ratioTable({ rows }: StallReport, folio: string): SheetTable[] {
  const through = rows.filter((row) => row.folio === folio && row.ofExclusive !== null);
  if (through.length === 0) return [];
  return [
    {
      caption: `read-through, of exclusive, folios of ${folio}`,
      columns: [
        { title: 'batch', ...RIGHT },
        { title: 'concurrency' },
        { title: 'migrator' },
        { title: 'role' },
        { title: 'GB/s', ...RIGHT },
        { title: 'p99.99', ...RIGHT },
      ],
      rows: through.map((row) => [
        formatSize(row.batchBytes),
        wayOf(row),
        rowLabel(row),
        row.role,
        row.ofExclusive!.GBps.toFixed(2),
        row.ofExclusive!.p9999us.toFixed(3),
      ]),
    },
  ];
}

/** `read-through`, or with the size of its swaps where that was asked for: `read-through/1M`. */
export function wayOf({ concurrency, swapBytes }: StallRow): string {
  return swapBytes === null ? concurrency : `${concurrency}/${formatSize(swapBytes)}`;
}

function times({ p50us, p99us, p9999us, maxus }: WaitFigures, done: number): string[] {
  return [...[p50us, p99us, p9999us, maxus].map(microseconds), `${Math.round(done * 100)} %`];
}

/** Three digits, as far as there are so many before the point. */
function microseconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
