import type { Baseline } from '../../../src/sim/tiering/baselines.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { Exact } from './exact.js';
import { formatPart, longerThan, type TieringRow } from './tiering-row.js';

interface Line extends TieringRow {
  readonly rows: readonly TieringRow[];
}

const COLUMNS: readonly Column<Line>[] = [
  { head: 'placement', rowHead: true, cell: ({ placement }) => placement },
  {
    head: 'ns/op',
    numeric: true,
    cell: ({ figures: { nsPerOperation: ns } }) => <Exact value={ns} text={ns.toPrecision(4)} />,
  },
  { head: 'to first touch', numeric: true, cell: (line) => compared(line, 'first touch') },
  { head: 'to oracle', numeric: true, cell: (line) => compared(line, 'oracle') },
  { head: 'hits', numeric: true, cell: ({ figures: { hitRatio } }) => part(hitRatio) },
  { head: 'promoted', numeric: true, cell: ({ figures: { promotedBytes } }) => bytes(promotedBytes) },
  { head: 'demoted', numeric: true, cell: ({ figures: { demotedBytes } }) => bytes(demotedBytes) },
  {
    head: 'back within 1 s',
    numeric: true,
    cell: ({ figures: { pingPongs } }) => <Exact value={pingPongs} text={formatCount(pingPongs)} />,
  },
  { head: 'waits', numeric: true, cell: ({ figures: { waitPart } }) => part(waitPart) },
  { head: 'CPU', numeric: true, cell: ({ figures: { cpuPart } }) => part(cpuPart) },
  {
    head: 'out',
    numeric: true,
    cell: ({ figures: { longestOutNs: ns } }) => <Exact value={ns} text={`${(ns / 1e6).toFixed(2)} ms`} />,
  },
];

/** What `pageferry sim tiering` prints for one program. */
export function TieringTable({ program, rows }: { program: string; rows: readonly TieringRow[] }) {
  return (
    <DataTable
      caption={`${program}: time of an operation, hits on the fast node, bytes that moved, and what the moves cost`}
      columns={COLUMNS}
      rows={rows.map((row) => ({ ...row, rows }))}
      keyOf={({ placement }) => placement}
      empty="Nothing yet."
    />
  );
}

function compared(line: Line, baseline: Baseline): string {
  const longer = longerThan(baseline, line, line.rows);
  if (longer === undefined) return '';
  return `${longer >= 0 ? '+' : ''}${formatPart(longer)}`;
}

function part(value: number) {
  return <Exact value={value} text={formatPart(value)} />;
}

function bytes(value: number) {
  return <Exact value={value} text={value === 0 ? '0' : formatBytes(value)} />;
}
