import type { Host } from '../../bench/harness/host.js';
import type { Sheet } from '../../report/sheet.js';
import { formatTable } from './table.js';
import { wrap } from './wrap.js';

/** A sheet for people at a terminal; at most 80 columns, if its tables have no more. */
export function formatSheet({ summary, tables, notes }: Sheet, host: Host): string {
  return [
    `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`,
    wrap(summary, 0),
    ...tables.flatMap(({ caption, columns, rows }) => ['', `${caption}:`, formatTable(columns, rows)]),
    ...noteLines(notes),
  ].join('\n');
}

/** The same of a simulated machine, whose summary names it; its one table needs no caption. */
export function formatSimSheet({ summary, tables, notes }: Sheet): string {
  const texts = tables.map(({ columns, rows }) => formatTable(columns, rows));
  return [wrap(summary, 0), '', ...texts, ...noteLines(notes)].join('\n');
}

function noteLines(notes: Sheet['notes']): string[] {
  return ['', ...notes.map((note) => `- ${wrap(note, 2)}`)];
}
