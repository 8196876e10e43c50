import Table from 'cli-table3';
import type { SheetColumn } from '../../report/sheet.js';
import { isNarrow, textWidth } from './wrap.js';

/** Columns that align left, by their titles. */
export function left(...titles: readonly string[]): SheetColumn[] {
  return titles.map((title) => ({ title }));
}

/** Columns that align right, as numbers do. */
export function right(...titles: readonly string[]): SheetColumn[] {
  return titles.map((title) => ({ title, align: 'right' }));
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/**
 * Columns of text without lines or colours, to be piped and pasted. In a terminal that is too narrow, each row is a block
 * of lines.
 */
export function formatTable(columns: readonly SheetColumn[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align = 'left' }) => align),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push([...row]);
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const width = Math.max(...lines.map(({ length }) => length));
  return isNarrow() && width > textWidth() ? formatRecords(columns, rows) : lines.join('\n');
}

/** A block for each row, a line for each cell. */
function formatRecords(columns: readonly SheetColumn[], rows: readonly (readonly string[])[]): string {
  const widest = Math.max(...columns.map(({ title }) => title.length));
  const blocks = rows.map((row) =>
    columns
      .map(({ title }, i) => `${title.padEnd(widest)}  ${(row[i] ?? '').replaceAll('\n', ' ')}`.trimEnd())
      .join('\n'),
  );
  return blocks.join('\n\n');
}
