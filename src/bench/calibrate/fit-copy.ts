import type { ColdStart } from './fit-cpu.js';
import { foliosOf, type MoveSample } from './move-sample.js';
import { fitNonNegative } from './non-negative-fit.js';

export interface CopyFit {
  readonly copyCallNs: number;
  readonly copyGBps: number;
}

const MIB = 2 ** 20;

/**
 * What copying costs the migrating thread, a slow start apart: of the rows without a migrator, where each folio is one call.
 */
export function fitCopy(samples: readonly MoveSample[], cold: ColdStart): CopyFit {
  const rows = samples.filter(({ migrator }) => migrator === 'baseline');
  const equations = rows.map((row) => ({
    terms: [foliosOf(row), row.bytes],
    value: Math.max(1, row.copyNs - Math.min(cold.coldMiB, row.bytes / MIB) * cold.coldNsPerMiB),
  }));
  const [copyCallNs, nsPerByte] = fitNonNegative(equations, 2) as [number, number];
  return { copyCallNs, copyGBps: 1 / Math.max(nsPerByte, 1e-6) };
}
