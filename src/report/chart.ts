/** Figures over categories, to be drawn: as SVG on a page (`figure.ts`), as blocks in a terminal (`plot.ts`). */
export interface Chart {
  readonly title: string;
  /** Of the values, such as `GB/s`. */
  readonly unit: string;
  /** What the categories are, such as `folio size`. */
  readonly axis: string;
  readonly categories: readonly string[];
  /** The categories have no order: nothing may lead from one to the next, so they are bars, however many. */
  readonly nominal?: boolean;
  readonly series: readonly Series[];
  /** What the values are to be seen against, such as the best copy of the host: a line across the others. */
  readonly limit?: Series;
  /** `log` for values that lie decades apart; all must be above 0 then, others are left out. Default: `linear`. */
  readonly scale?: Scale;
}

export type Scale = 'linear' | 'log';

export interface Series {
  readonly name: string;
  /** One for each category; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Least and most of the runs behind each value. */
  readonly spreads?: readonly (Spread | null)[];
  /** Whose figures these are, such as `RFC`, if not of the machine of all others: drawn apart, and marked. */
  readonly elsewhere?: string;
}

export type Spread = readonly [min: number, max: number];

/** How legends and plots call it: `dcbm ×1`, and `RFC dcbm ×1` for the same of another machine. */
export function seriesLabel({ name, elsewhere }: Pick<Series, 'name' | 'elsewhere'>): string {
  return elsewhere === undefined ? name : `${elsewhere} ${name}`;
}

/** The largest value, spreads and limit included; 0 when there is none. */
export function largest({ series, limit }: Chart): number {
  return Math.max(0, ...drawn(series, limit));
}

/** The smallest value above 0, spreads and limit included; 1 when there is none. */
export function smallest({ series, limit }: Chart): number {
  const positive = drawn(series, limit).filter((value) => value > 0);
  return positive.length === 0 ? 1 : Math.min(...positive);
}

function drawn(series: readonly Series[], limit: Series | undefined): number[] {
  return [...series, ...(limit === undefined ? [] : [limit])].flatMap(({ values, spreads = [] }) =>
    [...values, ...spreads.flat()].filter((value) => value !== null),
  );
}

/** A value in three digits or so: `0.61`, `13.4`, `1,500`. */
export function showValue(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
}
