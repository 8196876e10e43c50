import type { Host } from '../bench/host.js';
import type { Sheet } from '../report/sheet.js';
import { formatTable } from './table.js';
import { wrap } from './wrap.js';

/** A sheet for people at a terminal; at most 80 columns, if its tables have no more. */
export function formatSheet({ summary, tables, notes }: Sheet, host: Host): string {
  return [
    `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}, Node ${host.nodeVersion}`,
    wrap(summary, 0),
    ...tables.flatMap(({ caption, columns, rows }) => ['', `${caption}:`, formatTable(columns, rows)]),
    '',
    ...notes.map((note) => `- ${wrap(note, 2)}`),
  ].join('\n');
}
