import { OFFLOADING } from '../../../bench/move/options.js';
import type { MoveReport, MoveRow } from '../../../bench/move/report.js';
import { rowLabel } from '../../../bench/move/row-spec.js';
import { FALLBACK_CAUSES } from '../../../offload/fallback-cause.js';
import type { SheetTable } from '../../../report/sheet.js';
import { linesOf } from '../../ui/wrap.js';

const CAUSES_WIDTH = 36;

/** The rows of which folios stayed or copies fell back, and with faults injected all that could. */
export function touchedRows({ rows, options }: MoveReport): MoveRow[] {
  const injected = Object.keys(options.inject).length > 0;
  return rows.filter(
    ({ foliosFailed, fallbacks, migrator }) =>
      foliosFailed > 0 || fallbacks > 0 || (injected && OFFLOADING.has(migrator)),
  );
}

/**
 * What did not go as it should, by row: folios that stayed, and folios that a migrator was given and did not copy, by
 * cause; of all runs together. Undefined when there is nothing of the kind, and nobody asked for it.
 */
export function fallbackTable(report: MoveReport): SheetTable | undefined {
  const touched = touchedRows(report);
  if (touched.length === 0) return undefined;
  const first = report.rows[0]!;
  return {
    caption: 'What failed or fell back, folios of all runs',
    columns: [
      { title: first.batch === null ? 'folio' : 'folios', align: 'right' },
      { title: 'migrator' },
      ...(first.layout === 'alternate' ? [{ title: 'gaps' }] : []),
      { title: 'failed', align: 'right' },
      { title: 'fallbacks', align: 'right' },
      { title: 'folios by cause' },
    ],
    rows: touched.map((row) => [
      row.batch === null ? row.folio : String(row.batch),
      rowLabel(row),
      ...(first.layout === 'alternate' ? [row.granularity] : []),
      String(row.foliosFailed),
      String(row.fallbacks),
      causes(row),
    ]),
  };
}

function causes({ fallbackCauses }: MoveRow): string {
  const found = FALLBACK_CAUSES.filter((cause) => fallbackCauses[cause] > 0);
  const text = found.map((cause) => `${cause}\u00a0${fallbackCauses[cause]}`).join(', ');
  return linesOf(text, CAUSES_WIDTH).join('\n').replaceAll('\u00a0', ' ');
}
