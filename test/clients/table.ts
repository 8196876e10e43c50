import type { SheetColumn } from '../../src/report/sheet.js';
import type { Client } from './client.js';
import type { Report } from './report.js';

const MIB = 2 ** 20;

export const COLUMNS: readonly SheetColumn[] = [
  { title: 'program' },
  { title: 'heap', align: 'right' },
  { title: 'grew', align: 'right' },
  { title: 'calls', align: 'right' },
  { title: 'migrations', align: 'right' },
  { title: 'moved during calls', align: 'right' },
  { title: 'page tables', align: 'right' },
  { title: 'folios that stayed' },
  { title: 'answers' },
];

/** A row of the table of all programs. */
export function rowOf({ name }: Client, report: Report | string, good: boolean): string[] {
  const result = good ? 'as undisturbed' : 'WRONG';
  if (typeof report === 'string' || report.moved === undefined) {
    return [name, ...COLUMNS.slice(2).map(() => ''), result];
  }
  const { moved, ways, tablesMoved, answers } = report;
  const bytesMoved = Object.values(ways!).reduce((sum, { bytesMoved }) => sum + bytesMoved, 0);
  const stayed = Object.entries(moved.failedFolios).map(([errno, count]) => `${count} ${errno}`);
  return [
    `${name}${moved.shared ? ' (threads)' : ''}`,
    `${(moved.heapBytes / MIB).toFixed(0)} MiB`,
    `${moved.grown} ×`,
    String(answers.length),
    String(moved.migrations),
    `${(bytesMoved / 1e6).toFixed(1)} MB`,
    String(tablesMoved),
    stayed.join(', ') || 'none',
    result,
  ];
}
