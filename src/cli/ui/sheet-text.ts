import type { Host } from '../../bench/harness/host.js';
import type { Sheet } from '../../report/sheet.js';
import { formatTable } from './table.js';
import { wrap } from './wrap.js';

/** The first line of a report: the host's processor, kernel and Node. */
export function hostLine(host: Host): string {
  return `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`;
}

/** A sheet for a terminal, with the caption of each table. At most 80 columns, unless a table has more. */
export function formatSheet({ summary, tables, notes }: Sheet, host: Host): string {
  return [
    hostLine(host),
    wrap(summary, 0),
    ...tables.flatMap(({ caption, columns, rows }) => ['', `${caption}:`, formatTable(columns, rows)]),
    '',
    ...noteLines(notes),
  ].join('\n');
}

/** A sheet for a terminal without host and captions. Its summary says enough. */
export function formatPlainSheet({ summary, tables, notes }: Sheet): string {
  const texts = tables.map(({ columns, rows }) => formatTable(columns, rows));
  return [wrap(summary, 0), '', ...texts, '', ...noteLines(notes)].join('\n');
}

export function noteLines(notes: readonly string[]): string[] {
  return notes.map((note) => `- ${wrap(note, 2)}`);
}
