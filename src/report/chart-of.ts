import type { Chart, Scale, Series, Spread } from './chart.js';

/** How to make a chart from rows of a report. */
export interface ChartSpec<Row> {
  readonly title: string;
  readonly unit: string;
  readonly axis: string;
  readonly category: (row: Row) => string;
  readonly nominal?: boolean;
  readonly series: (row: Row) => string;
  readonly value: (row: Row) => number | null;
  readonly spread?: (row: Row) => Spread | null;
  /** The same figure of another machine, and its source. */
  readonly elsewhere?: { readonly whose: string; readonly value: (row: Row) => number | null };
  /** The limit of each category. Null where there is none. */
  readonly limit?: { readonly name: string; readonly value: (category: string) => number | null };
  readonly scale?: Scale;
}

/**
 * A chart of rows, with categories and series in the order of the rows. If several rows have the same category and
 * series, the last is drawn.
 */
export function chartOf<Row>(rows: readonly Row[], spec: ChartSpec<Row>): Chart {
  const categories = [...new Set(rows.map(spec.category))];
  const names = [...new Set(rows.map(spec.series))];
  const { spread, elsewhere, limit, nominal, scale } = spec;
  const across = <T>(name: string, of: (row: Row) => T | null): (T | null)[] =>
    categories.map((category) => {
      const row = rows.findLast((each) => spec.category(each) === category && spec.series(each) === name);
      return row === undefined ? null : of(row);
    });
  const own = names.map(
    (name): Series => ({
      name,
      values: across(name, spec.value),
      ...(spread === undefined ? {} : { spreads: across(name, spread) }),
    }),
  );
  const theirs =
    elsewhere === undefined
      ? []
      : names
          .map(
            (name): Series => ({ name, values: across(name, elsewhere.value), elsewhere: elsewhere.whose }),
          )
          .filter(({ values }) => values.some((value) => value !== null));
  return {
    title: spec.title,
    unit: spec.unit,
    axis: spec.axis,
    categories,
    ...(nominal === undefined ? {} : { nominal }),
    series: [...own, ...theirs],
    ...(limit === undefined ? {} : { limit: { name: limit.name, values: categories.map(limit.value) } }),
    ...(scale === undefined ? {} : { scale }),
  };
}

/** Minimum and maximum. Null for an empty list. */
export function spreadOf(values: readonly number[]): Spread | null {
  return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
}
