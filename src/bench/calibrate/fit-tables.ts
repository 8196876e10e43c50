import { PMD_SIZE } from '../../common/page.js';
import type { TableFigures } from '../../sim/profile/hardware-profile.js';
import { batchesOf, type MoveSample } from './move-sample.js';
import { fitNonNegative } from './non-negative-fit.js';

/**
 * What moving page tables costs, from migrations that moved nothing else: each batch leaves by one call and arrives by one.
 * Isolation, destinations and the books are part of it, as they are of `cpu.folioNs`. Undefined without a sample.
 * @param flushNs what each batch takes besides (`cpu.flushNs`).
 */
export function fitTables(samples: readonly MoveSample[], flushNs: number): TableFigures | undefined {
  if (samples.length === 0) return undefined;
  const equations = samples.flatMap((row) => {
    const tables = row.bytes / PMD_SIZE;
    const calls = batchesOf(row);
    return [
      { terms: [tables, 0, calls], value: Math.max(1, row.unmapNs - calls * flushNs) },
      { terms: [0, tables, calls], value: Math.max(1, row.mapNs) },
    ];
  });
  const [leaveNs, arriveNs, callNs] = fitNonNegative(equations, 3) as [number, number, number];
  return { supported: 1, leaveNs, arriveNs, callNs };
}
