import { describe } from '../../../common/describe-value.js';
import { invalidArgument } from '../../../common/migration-error.js';
import type { HeatSnapshot } from '../../../heat/heat-snapshot.js';
import { normalize, type TieredProgram } from './program.js';

/**
 * A program with the heat of a recording. Each snapshot stands until the next one. Unknown units are not accessed.
 * @throws MigrationError EINVAL that names `snapshots`, if they have no access, or not the same units.
 */
export function recorded(snapshots: readonly HeatSnapshot[], threads: number): TieredProgram {
  const [first] = snapshots;
  if (first === undefined || !snapshots.some(({ rate }) => rate.some((each) => each > 0))) {
    throw invalidArgument('recorded', 'snapshots', 'must be at least one snapshot with an access');
  }
  const last = snapshots.at(-1)!;
  // A region may have grown. The units that it did not have yet are not accessed.
  const { unitBytes, offset } = first;
  const other = snapshots.find((each) => each.unitBytes !== unitBytes || each.offset !== offset);
  if (other !== undefined) {
    throw invalidArgument(
      'recorded',
      'snapshots',
      `must all have units of ${unitBytes} bytes from the same offset, not ${describe(other.unitBytes)} bytes from ${other.offset}`,
    );
  }
  const bytes = Math.max(...snapshots.map((each) => each.bytes));
  const meanMs = snapshots.length === 1 ? 1000 : (last.atMs - first.atMs) / (snapshots.length - 1);
  const lengthMs = last.atMs - first.atMs + meanMs;
  return {
    name: 'recorded',
    bytes,
    unitBytes,
    threads,
    overlap: 2,
    thinkNs: 20,
    accessesPerOperation: 1,
    writes: 0,
    lengthMs,
    fill(shares, fromMs) {
      const atMs = first.atMs + (fromMs % lengthMs);
      const next = snapshots.findIndex((each) => each.atMs > atMs);
      const current = next < 0 ? snapshots.length - 1 : Math.max(0, next - 1);
      shares.fill(0);
      const { rate } = snapshots[current]!;
      for (let unit = 0; unit < rate.length; unit++) shares[unit] = Math.max(rate[unit]! || 0, 0);
      normalize(shares);
    },
  };
}
