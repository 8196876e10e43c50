/** Figures by category. Drawn as SVG on a page (`figure.ts`), or as blocks in a terminal (`plot.ts`). */
export interface Chart {
  readonly title: string;
  /** Unit of the values, for example `GB/s`. */
  readonly unit: string;
  /** Title of the axis of categories, for example `folio size`. */
  readonly axis: string;
  readonly categories: readonly string[];
  /** The categories have no order. They are always drawn as bars, because a line would connect them. */
  readonly nominal?: boolean;
  readonly series: readonly Series[];
  /** A line across the others for comparison, for example the best copy of the host. */
  readonly limit?: Series;
  /** `log` is for values that are decades apart, and omits values that are not above 0. @defaultValue `'linear'` */
  readonly scale?: Scale;
}

export type Scale = 'linear' | 'log';

export interface Series {
  readonly name: string;
  /** The value of each category. Null where there is none. */
  readonly values: readonly (number | null)[];
  /** Minimum and maximum of the runs behind each value. */
  readonly spreads?: readonly (Spread | null)[];
  /** The source of figures that are from another machine, for example `RFC`. They are drawn apart, and marked. */
  readonly elsewhere?: string;
}

export type Spread = readonly [min: number, max: number];

/** Its name in legends and plots: `dcbm ×1`, or `RFC dcbm ×1` for figures of another machine. */
export function seriesLabel({ name, elsewhere }: Pick<Series, 'name' | 'elsewhere'>): string {
  return elsewhere === undefined ? name : `${elsewhere} ${name}`;
}

/** The largest value, including spreads and limit. 0 if there is none. */
export function largest({ series, limit }: Chart): number {
  return Math.max(0, ...drawn(series, limit));
}

/** The smallest value above 0, including spreads and limit. 1 if there is none. */
export function smallest({ series, limit }: Chart): number {
  const positive = drawn(series, limit).filter((value) => value > 0);
  return positive.length === 0 ? 1 : Math.min(...positive);
}

function drawn(series: readonly Series[], limit: Series | undefined): number[] {
  return [...series, ...(limit === undefined ? [] : [limit])].flatMap(({ values, spreads = [] }) =>
    [...values, ...spreads.flat()].filter((value) => value !== null),
  );
}

/** Formats a value with about three digits: `0.61`, `13.4`, `1,500`. */
export function showValue(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
}
