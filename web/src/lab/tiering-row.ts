import type { PolicyName } from '../../../src/policy/policies.js';
import type { Baseline } from '../../../src/sim/tiering/baselines.js';
import type { TieringFigures } from '../../../src/sim/tiering/tiering.js';

/** A run of a program with a policy, or with a placement that moves nothing. */
export interface TieringRow {
  readonly placement: Baseline | PolicyName;
  readonly figures: TieringFigures;
}

/** How much longer an operation takes than with another placement: 0.01 is one percent. */
export function longerThan(
  baseline: Baseline,
  { figures }: TieringRow,
  rows: readonly TieringRow[],
): number | undefined {
  const other = rows.find(({ placement }) => placement === baseline);
  return other === undefined ? undefined : figures.nsPerOperation / other.figures.nsPerOperation - 1;
}

export function formatPart(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
