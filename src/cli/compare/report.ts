import type { Sample } from '../../compare/comparable.js';
import type { ComparedFigure, Comparison, RowKey } from '../../compare/compare-reports.js';
import { showValue } from '../../report/chart.js';
import { formatTable, left, right } from '../ui/table.js';
import { wrap } from '../ui/wrap.js';

/** Columns. */
const WIDTH = 80;
/** Conditions beyond these are counted, not shown. */
const MAX_CONDITIONS = 8;

/** A comparison for a terminal of 80 columns. */
export function formatComparison(
  comparison: Comparison,
  files: { readonly a: string; readonly b: string },
): string {
  const { compared, rows, onlyA, onlyB } = comparison;
  const keys = [...rows.map(({ key }) => key), ...onlyA, ...onlyB];
  const titles = titlesThatVary(keys);
  return [
    `A  ${files.a}`,
    `B  ${files.b}`,
    wrap([compared, ...inCommon(keys)].join(', '), 0),
    ...figureTables(comparison, titles).flatMap((table) => ['', table]),
    ...only('A', onlyA, titles),
    ...only('B', onlyB, titles),
    '',
    ...notesOf(comparison).map((note) => `- ${wrap(note, 2)}`),
  ].join('\n');
}

interface Line {
  readonly key: RowKey;
  readonly figure: ComparedFigure;
}

/** A table for the first figure, and for each other figure of which a row differs. */
function figureTables({ rows }: Comparison, titles: readonly string[]): string[] {
  const names = [...new Set(rows.flatMap(({ figures }) => figures.map(({ figure }) => figure)))];
  return names.flatMap((name, i) => {
    const lines = rows.flatMap(({ key, figures }): Line[] => {
      const found = figures.find(({ figure }) => figure === name);
      return found === undefined ? [] : [{ key, figure: found }];
    });
    const exact = isExact(lines.map(({ figure }) => figure));
    if (i > 0 && exact && lines.every(({ figure }) => figure.verdict === 'same')) return [];
    return tablesThatFit(name, titles, lines, exact);
  });
}

/** One table. If it is too wide, one for each value of the first title. */
function tablesThatFit(
  caption: string,
  titles: readonly string[],
  lines: readonly Line[],
  exact: boolean,
): string[] {
  const table = tableOf(titles, lines, exact);
  const width = Math.max(...table.split('\n').map((line) => line.length));
  const [first, ...more] = titles;
  if (width <= WIDTH || more.length === 0) return [`${caption}:\n${table}`];
  return [...new Set(lines.map(({ key }) => key[first!]!))].flatMap((value) =>
    tablesThatFit(
      `${caption}, ${first} ${value}`,
      more,
      lines.filter(({ key }) => key[first!] === value),
      exact,
    ),
  );
}

function tableOf(titles: readonly string[], lines: readonly Line[], exact: boolean): string {
  // Figures without runs have no spread.
  const numbers = ['A', 'B', 'B / A', ...(exact ? [] : ['spreads'])];
  return formatTable(
    [...left(...titles), ...right(...numbers), ...left('')],
    lines.map(({ key, figure }) => [
      ...titles.map((title) => key[title]!),
      show(figure.a),
      show(figure.b),
      figure.ratio === null ? '' : figure.ratio.toFixed(3),
      ...(exact ? [] : [showSpreads(figure.spreads)]),
      figure.verdict === 'same' ? '' : figure.verdict,
    ]),
  );
}

function showSpreads(spreads: number | null): string {
  if (spreads === null) return '';
  return spreads < 1000 ? spreads.toFixed(1) : '∞';
}

function show(sample: Sample | null): string {
  if (sample === null) return '';
  return sample.runs === null && Number.isInteger(sample.value)
    ? String(sample.value)
    : showValue(sample.value);
}

function isExact(figures: readonly ComparedFigure[]): boolean {
  return figures.some(({ a, b }) => (a ?? b)?.runs === null);
}

/** The titles whose values differ between rows. */
function titlesThatVary(keys: readonly RowKey[]): string[] {
  const titles = Object.keys(keys[0] ?? {});
  const varying = titles.filter((title) => new Set(keys.map((key) => key[title])).size > 1);
  return varying.length > 0 ? varying : titles.slice(0, 1);
}

function inCommon(keys: readonly RowKey[]): string[] {
  const varying = titlesThatVary(keys);
  return Object.entries(keys[0] ?? {})
    .filter(([title, text]) => !varying.includes(title) && text !== '')
    .map(([title, text]) => `${title} ${text}`);
}

function only(name: 'A' | 'B', keys: readonly RowKey[], titles: readonly string[]): string[] {
  if (keys.length === 0) return [];
  return [
    '',
    `only in ${name}:`,
    ...keys.map((key) => `  ${titles.map((title) => key[title]!).join('  ')}`.trimEnd()),
  ];
}

function notesOf({ rows, differ, onlyA, onlyB, expectedByChance, conditions }: Comparison): string[] {
  const all = rows.flatMap(({ figures }) => figures);
  const exact = isExact(all);
  const count = (verdict: ComparedFigure['verdict']): number =>
    rows.filter(({ figures }) => figures.some((each) => each.verdict === verdict)).length;
  const directions = (['better', 'worse'] as const).flatMap((verdict) =>
    count(verdict) > 0 ? [`${count(verdict)} ${verdict}`] : [],
  );
  const unclear = count('unclear');
  const more = conditions.length - MAX_CONDITIONS;
  return [
    `${differ} of ${rows.length} rows ${exact ? 'differ' : 'differ by more than their spread'}` +
      (directions.length > 0 ? ` (B is ${directions.join(', ')})` : ''),
    ...(onlyA.length + onlyB.length > 0
      ? [`${onlyA.length} rows are only in A, ${onlyB.length} only in B`]
      : []),
    ...(unclear > 0 ? [`${unclear} rows are unclear: one run has no spread (--runs 5 or more)`] : []),
    ...(exact || expectedByChance === 0
      ? []
      : [
          `a row differs if its runs do not overlap; with this many runs, about ` +
            `${expectedByChance.toFixed(expectedByChance < 1 ? 2 : 1)} of ${all.length} figures would differ by chance`,
        ]),
    ...conditions.slice(0, MAX_CONDITIONS).map(({ name, a, b }) => `different ${name}: ${a} | ${b}`),
    ...(more > 0 ? [`and ${more} more conditions (--json has all)`] : []),
  ];
}
