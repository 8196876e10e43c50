import { OFFLOADING } from '../bench/move/options.js';
import type { MoveReport, MoveRow } from '../bench/move/report.js';
import { rowLabel } from '../bench/move/row-spec.js';
import { FALLBACK_CAUSES } from '../offload/fallback-cause.js';
import { formatTable } from './table.js';
import { linesOf } from './wrap.js';

const CAUSES_WIDTH = 36;

/**
 * What did not go as it should, by row: folios that stayed, and folios that a migrator was given and did not copy, by
 * cause; of all runs together. Undefined when there is nothing of the kind, and nobody asked for it.
 */
export function formatFallbacks({ rows, options }: MoveReport): string | undefined {
  const injected = Object.keys(options.inject).length > 0;
  const touched = rows.filter(
    ({ foliosFailed, fallbacks, migrator }) =>
      foliosFailed > 0 || fallbacks > 0 || (injected && OFFLOADING.has(migrator)),
  );
  if (touched.length === 0) return undefined;
  const first = rows[0]!;
  const columns = [
    { title: first.batch === null ? 'folio' : 'folios', align: 'right' },
    { title: 'migrator' },
    ...(first.layout === 'alternate' ? [{ title: 'gaps' }] : []),
    { title: 'failed', align: 'right' },
    { title: 'fallbacks', align: 'right' },
    { title: 'folios by cause' },
  ] as const;
  return formatTable(
    columns,
    touched.map((row) => [
      row.batch === null ? row.folio : String(row.batch),
      rowLabel(row),
      ...(first.layout === 'alternate' ? [row.granularity] : []),
      String(row.foliosFailed),
      String(row.fallbacks),
      causes(row),
    ]),
  );
}

function causes({ fallbackCauses }: MoveRow): string {
  const found = FALLBACK_CAUSES.filter((cause) => fallbackCauses[cause] > 0);
  const text = found.map((cause) => `${cause}\u00a0${fallbackCauses[cause]}`).join(', ');
  return linesOf(text, CAUSES_WIDTH).join('\n').replaceAll('\u00a0', ' ');
}
