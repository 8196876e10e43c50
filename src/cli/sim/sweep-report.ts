import { type Chart, showValue } from '../../report/chart.js';
import type { Sheet, SheetTable } from '../../report/sheet.js';
import type { BreakEvenSurface } from '../../sim/sweep/break-even.js';
import { showAxisValue } from '../../sim/sweep/parameters.js';
import type { Sensitivity } from '../../sim/sweep/sensitivity.js';
import { noteLines } from '../ui/sheet-text.js';
import { formatTable, left, right } from '../ui/table.js';
import { linesOf, wrap } from '../ui/wrap.js';
import type { FrontRow, SweepSummary } from './sweep-summary.js';

/** Rows of the front in the text, and on the page. The files of the cells have all. */
const TEXT_ROWS = 20;
const PAGE_ROWS = 500;
/** Columns for the values of a cell. */
const VALUES_WIDTH = 44;
/** Charts of the axes that explain most. */
const CHARTS = 6;

export interface SweepReport extends SweepSummary {
  readonly profile: string;
  readonly sampling: string;
}

/** Front, sensitivities and break-even surface, for a page. */
export function sweepSheet(report: SweepReport): Sheet {
  const { front, breakEven } = report;
  return {
    title: 'pageferry sim sweep',
    summary: summaryOf(report),
    charts: [...frontCharts(report), ...sensitivityCharts(report)],
    tables: [
      axesTable(report),
      frontTable(report, front.slice(0, PAGE_ROWS)),
      sensitivityTable(report),
      ...(breakEven === null ? [] : [surfaceTable(breakEven)]),
    ],
    notes: notesOf(report),
  };
}

/** The same for a terminal. */
export function sweepText(report: SweepReport): string {
  const { front, breakEven } = report;
  const shown = front.slice(0, TEXT_ROWS);
  const tables = [
    axesTable(report),
    narrowFront(report, shown),
    sensitivityTable(report),
    ...(breakEven === null ? [] : [surfaceText(breakEven)]),
  ];
  return [
    wrap(summaryOf(report), 0),
    ...tables.flatMap(({ caption, columns, rows }) => ['', `${caption}:`, formatTable(columns, rows)]),
    '',
    ...noteLines(notesOf(report)),
  ].join('\n');
}

function summaryOf({ profile, sampling, cells, done }: SweepReport): string {
  const how = sampling === 'grid' ? 'a grid' : sampling === 'latin' ? 'a Latin hypercube' : 'a random sample';
  const part = done === cells ? `${count(cells)} cells` : `${count(done)} of ${count(cells)} cells`;
  return `Migrations in ${part} of ${how}, profile ${profile}, virtual time`;
}

function axesTable({ axes }: SweepReport): SheetTable {
  const rows = axes.map(({ name, values }) => [name, values]);
  return { caption: 'Axes', columns: left('axis', 'values'), rows };
}

function captionOf({ front, objectives }: SweepReport, shown: number): string {
  const names = objectives.map(({ name, goal }) => `${goal} ${name}`).join(', ');
  const part = shown === front.length ? cellsOf(shown) : `${count(shown)} of ${count(front.length)} cells`;
  return `Pareto front (${names}), ${part}`;
}

function frontTable(report: SweepReport, rows: readonly FrontRow[]): SheetTable {
  const { axes, objectives } = report;
  return {
    caption: captionOf(report, rows.length),
    columns: right(
      'cell',
      ...axes.map(({ name }) => name),
      ...objectives.map(({ name, unit }) => (unit === '×' ? name : `${name}, ${unit}`)),
    ),
    rows: rows.map(({ cell, values, objectives: found }) => [
      String(cell),
      ...axes.map(({ name }) => showAxisValue(name, values[name]!)),
      ...objectives.map(({ name }) => showValue(found[name]!)),
    ]),
  };
}

/** The front with the values of a cell in one column, however many axes the sweep has. */
function narrowFront(report: SweepReport, rows: readonly FrontRow[]): SheetTable {
  const { axes, objectives } = report;
  return {
    caption: captionOf(report, rows.length),
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

function sensitivityTable({ sensitivities }: SweepReport): SheetTable {
  return {
    caption: 'Sensitivities: the variance that each axis alone explains, and its means',
    columns: [...left('axis', 'objective'), ...right('share', 'lowest mean', 'highest mean')],
    rows: sensitivities.map((each) => {
      const [lowest, highest] = extremesOf(each);
      return [each.axis, each.objective, `${(each.share * 100).toFixed(1)} %`, lowest, highest];
    }),
  };
}

function extremesOf({ means, labels }: Sensitivity): [string, string] {
  const known = means.flatMap((mean, at) => (mean === null ? [] : [{ mean, label: labels[at]! }]));
  if (known.length === 0) return ['', ''];
  const show = ({ mean, label }: (typeof known)[number]): string => `${showValue(mean)} at ${label}`;
  const sorted = known.toSorted((a, b) => a.mean - b.mean);
  return [show(sorted[0]!), show(sorted.at(-1)!)];
}

const SURFACE = (surface: BreakEvenSurface): string =>
  `Break-even: mean speedup by ${surface.y} and ${surface.x}, and the ${surface.x} from which every cell is faster`;

function surfaceTable(surface: BreakEvenSurface): SheetTable {
  const { y, xLabels, yLabels, speedup, from } = surface;
  return {
    caption: SURFACE(surface),
    columns: right(y, ...xLabels, 'pays from'),
    rows: yLabels.map((label, row) => [
      label,
      ...speedup[row]!.map((value) => (value === null ? '' : value.toFixed(2))),
      from[row] ?? 'never',
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

/** The axes that explain most, each with the means of its objective. */
function sensitivityCharts({ sensitivities, objectives }: SweepReport): Chart[] {
  return sensitivities
    .toSorted((a, b) => b.share - a.share)
    .slice(0, CHARTS)
    .map(({ axis, objective, share, means, labels, nominal }) => ({
      title: `Mean ${objective} by ${axis} (alone explains ${(share * 100).toFixed(0)} %)`,
      unit: objectives.find(({ name }) => name === objective)!.unit,
      axis,
      categories: labels,
      nominal,
      series: [{ name: objective, values: means }],
    }));
}

/** The front as a line: what the other objectives cost for each value of the first. */
function frontCharts({ front, objectives }: SweepReport): Chart[] {
  const [first, ...others] = objectives;
  if (first === undefined || front.length < 2) return [];
  // As many categories as a drawing has room for, evenly over the front.
  const shown = Math.min(24, front.length);
  const rows = Array.from(
    { length: shown },
    (_, at) => front[Math.round((at * (front.length - 1)) / (shown - 1))]!,
  );
  return others.map(({ name, unit }) => ({
    title: `Pareto front: ${name} by ${first.name}`,
    unit,
    axis: `${first.name}, ${first.unit}`,
    categories: rows.map(({ objectives: found }) => showValue(found[first.name]!)),
    series: [{ name, values: rows.map(({ objectives: found }) => found[name]!) }],
  }));
}

function notesOf({ impossible, problems, objectives, front, breakEven }: SweepReport): string[] {
  return [
    'every page was checked after every cell',
    ...objectives.map(({ name, meaning, unit }) => `${name}: ${meaning}${unit === '×' ? '' : ` (${unit})`}`),
    ...(front.length === 0 ? ['no cell has figures'] : []),
    ...(breakEven === null ? [] : ['speedup: more than 1 is faster than the same cell without a migrator']),
    ...(impossible === 0 ? [] : [`${count(impossible)} cells are combinations that are not possible`]),
    ...problems.slice(0, 3).map(({ problem, cells }) => `${count(cells)} of them: ${problem}`),
  ];
}

function cellsOf(cells: number): string {
  return cells === 1 ? '1 cell' : `${count(cells)} cells`;
}

function count(cells: number): string {
  return cells.toLocaleString('en-US');
}
