import { type Chart, showValue } from '../../../report/chart.js';
import type { Sheet } from '../../../report/sheet.js';
import type { SweepReport } from '../summary.js';
import { count, sheetTable, sweepTables } from './sweep-tables.js';

/** Charts of the axes that explain most. */
const CHARTS = 6;

/** Front, sensitivities and break-even surface, for a page. */
export function sweepSheet(report: SweepReport): Sheet {
  return {
    title: 'pageferry sim sweep',
    summary: sweepSummary(report),
    charts: sweepCharts(report),
    tables: sweepTables(report).map(sheetTable),
    notes: sweepNotes(report),
  };
}

/** The cells of the sweep, in a sentence without its end. */
export function sweepSummary({ profile, sampling, cells, done }: SweepReport): string {
  const how = sampling === 'grid' ? 'a grid' : sampling === 'latin' ? 'a Latin hypercube' : 'a random sample';
  const part = done === cells ? `${count(cells)} cells` : `${count(done)} of ${count(cells)} cells`;
  return `Migrations in ${part} of ${how}, profile ${profile}, virtual time`;
}

/** The front, then the axes that explain most. */
export function sweepCharts(report: SweepReport): Chart[] {
  return [...frontCharts(report), ...sensitivityCharts(report)];
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

export function sweepNotes({ impossible, problems, objectives, front, breakEven }: SweepReport): string[] {
  return [
    'every page was checked after every cell',
    ...objectives.map(({ name, meaning, unit }) => `${name}: ${meaning}${unit === '×' ? '' : ` (${unit})`}`),
    ...(front.length === 0 ? ['no cell has figures'] : []),
    ...(breakEven === null ? [] : ['speedup: more than 1 is faster than the same cell without a migrator']),
    ...(impossible === 0 ? [] : [`${count(impossible)} cells are combinations that are not possible`]),
    ...problems.slice(0, 3).map(({ problem, cells }) => `${count(cells)} of them: ${problem}`),
  ];
}
