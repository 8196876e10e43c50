import { showValue } from '../../report/chart.js';
import type { SheetTable } from '../../report/sheet.js';
import type { BreakEvenSurface } from '../../sim/sweep/break-even.js';
import { showAxisValue } from '../../sim/sweep/parameters.js';
import { sweepNotes, sweepSummary } from '../../sim/sweep/sheet/sweep-sheet.js';
import { axesTable, frontCaption, sensitivityTable, sheetTable } from '../../sim/sweep/sheet/sweep-tables.js';
import type { FrontRow, SweepReport } from '../../sim/sweep/summary.js';
import { noteLines } from '../ui/sheet-text.js';
import { formatTable, left, right } from '../ui/table.js';
import { linesOf, wrap } from '../ui/wrap.js';

/** Rows of the front. The files of the cells have all. */
const TEXT_ROWS = 20;
/** Columns for the values of a cell. */
const VALUES_WIDTH = 44;

/** Front, sensitivities and break-even surface, for a terminal. */
export function sweepText(report: SweepReport): string {
  const { front, breakEven } = report;
  const shown = front.slice(0, TEXT_ROWS);
  const tables = [
    sheetTable(axesTable(report)),
    narrowFront(report, shown),
    sheetTable(sensitivityTable(report)),
    ...(breakEven === null ? [] : [surfaceText(breakEven)]),
  ];
  return [
    wrap(sweepSummary(report), 0),
    ...tables.flatMap(({ caption, columns, rows }) => ['', `${caption}:`, formatTable(columns, rows)]),
    '',
    ...noteLines(sweepNotes(report)),
  ].join('\n');
}

/** The front with the values of a cell in one column, however many axes the sweep has. */
function narrowFront(report: SweepReport, rows: readonly FrontRow[]): SheetTable {
  const { axes, objectives } = report;
  return {
    caption: frontCaption(report, rows.length),
    columns: [...right('cell', ...objectives.slice(0, 3).map(({ name }) => name)), ...left('values')],
    rows: rows.map(({ cell, values, objectives: found }) => [
      String(cell),
      ...objectives.slice(0, 3).map(({ name }) => showValue(found[name]!)),
      linesOf(
        axes.map(({ name }) => `${name}=${showAxisValue(name, values[name]!)}`).join(' '),
        VALUES_WIDTH,
      ).join('\n'),
    ]),
  };
}

/** Only the border, which is as wide as a terminal for any number of values. */
function surfaceText(surface: BreakEvenSurface): SheetTable {
  const { x, y, xLabels, yLabels, speedup, from } = surface;
  const ends = (row: readonly (number | null)[]): string[] => {
    const known = row.filter((value) => value !== null);
    return known.length === 0 ? ['', ''] : [known[0]!.toFixed(2), known.at(-1)!.toFixed(2)];
  };
  return {
    caption: `Break-even: the ${x} from which every cell is faster`,
    columns: right(y, 'pays from', `speedup at ${xLabels[0]}`, `at ${xLabels.at(-1)}`),
    rows: yLabels.map((label, row) => [label, from[row] ?? 'never', ...ends(speedup[row]!)]),
  };
}
