import { showValue } from '../../../report/chart.js';
import type { SheetTable } from '../../../report/sheet.js';
import type { BreakEvenSurface } from '../break-even.js';
import { showAxisValue } from '../parameters.js';
import type { Sensitivity } from '../sensitivity.js';
import type { FrontRow, SweepReport } from '../summary.js';

/** A text, or a figure as text with all its digits. */
export type SweepCell = string | { readonly text: string; readonly value: number };

/** A table of a sweep. The first cell names the row. */
export interface SweepTable {
  readonly caption: string;
  readonly columns: readonly { readonly title: string; readonly numeric: boolean }[];
  readonly rows: readonly (readonly SweepCell[])[];
}

/** Rows of the front on a page. The files of the cells have all. */
const PAGE_ROWS = 500;

/** Axes, front, sensitivities, and the break-even surface if there is one. */
export function sweepTables(report: SweepReport): SweepTable[] {
  const { front, breakEven } = report;
  return [
    axesTable(report),
    frontTable(report, front.slice(0, PAGE_ROWS)),
    sensitivityTable(report),
    ...(breakEven === null ? [] : [surfaceTable(breakEven)]),
  ];
}

/** The table as text alone. */
export function sheetTable({ caption, columns, rows }: SweepTable): SheetTable {
  return {
    caption,
    columns: columns.map(({ title, numeric }) => (numeric ? { title, align: 'right' } : { title })),
    rows: rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text))),
  };
}

export function axesTable({ axes }: SweepReport): SweepTable {
  const rows = axes.map(({ name, values }) => [name, values]);
  return { caption: 'Axes', columns: texts('axis', 'values'), rows };
}

export function frontCaption({ front, objectives }: SweepReport, shown: number): string {
  const names = objectives.map(({ name, goal }) => `${goal} ${name}`).join(', ');
  const part = shown === front.length ? cellsOf(shown) : `${count(shown)} of ${count(front.length)} cells`;
  return `Pareto front (${names}), ${part}`;
}

function frontTable(report: SweepReport, rows: readonly FrontRow[]): SweepTable {
  const { axes, objectives } = report;
  return {
    caption: frontCaption(report, rows.length),
    columns: numbers(
      'cell',
      ...axes.map(({ name }) => name),
      ...objectives.map(({ name, unit }) => (unit === '×' ? name : `${name}, ${unit}`)),
    ),
    rows: rows.map(({ cell, values, objectives: found }) => [
      String(cell),
      ...axes.map(({ name }) => showAxisValue(name, values[name]!)),
      ...objectives.map(({ name }) => figure(found[name]!)),
    ]),
  };
}

export function sensitivityTable({ sensitivities }: SweepReport): SweepTable {
  return {
    caption: 'Sensitivities: the variance that each axis alone explains, and its means',
    columns: [...texts('axis', 'objective'), ...numbers('share', 'lowest mean', 'highest mean')],
    rows: sensitivities.map((each) => {
      const share = { text: `${(each.share * 100).toFixed(1)} %`, value: each.share };
      return [each.axis, each.objective, share, ...extremesOf(each)];
    }),
  };
}

function extremesOf({ means, labels }: Sensitivity): [SweepCell, SweepCell] {
  const known = means.flatMap((mean, at) => (mean === null ? [] : [{ mean, label: labels[at]! }]));
  if (known.length === 0) return ['', ''];
  const show = ({ mean, label }: (typeof known)[number]): SweepCell => ({
    text: `${showValue(mean)} at ${label}`,
    value: mean,
  });
  const sorted = known.toSorted((a, b) => a.mean - b.mean);
  return [show(sorted[0]!), show(sorted.at(-1)!)];
}

function surfaceTable({ x, y, xLabels, yLabels, speedup, from }: BreakEvenSurface): SweepTable {
  return {
    caption: `Break-even: mean speedup by ${y} and ${x}, and the ${x} from which every cell is faster`,
    columns: numbers(y, ...xLabels, 'pays from'),
    rows: yLabels.map((label, row) => [
      label,
      ...speedup[row]!.map((value) => (value === null ? '' : { text: value.toFixed(2), value })),
      from[row] ?? 'never',
    ]),
  };
}

function figure(value: number): SweepCell {
  return { text: showValue(value), value };
}

function texts(...titles: readonly string[]): SweepTable['columns'] {
  return titles.map((title) => ({ title, numeric: false }));
}

function numbers(...titles: readonly string[]): SweepTable['columns'] {
  return titles.map((title) => ({ title, numeric: true }));
}

function cellsOf(cells: number): string {
  return cells === 1 ? '1 cell' : `${count(cells)} cells`;
}

export function count(cells: number): string {
  return cells.toLocaleString('en-US');
}
