import { foliosOf, type MoveSample } from './move-sample.js';
import { fitNonNegative } from './non-negative-fit.js';

export interface CopyFit {
  readonly copyCallNs: number;
  readonly copyGBps: number;
}

/** What copying costs the migrating thread: of the rows without a migrator, where each folio is one call. */
export function fitCopy(samples: readonly MoveSample[]): CopyFit {
  const rows = samples.filter(({ migrator }) => migrator === 'baseline');
  const equations = rows.map((row) => ({
    terms: [foliosOf(row), row.bytes],
    value: Math.max(1, row.copyNs),
  }));
  const [copyCallNs, nsPerByte] = fitNonNegative(equations, 2) as [number, number];
  return { copyCallNs, copyGBps: 1 / Math.max(nsPerByte, 1e-6) };
}
