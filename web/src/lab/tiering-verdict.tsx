import { BASELINES } from '../../../src/sim/tiering/baselines.js';
import { formatPart, longerThan, type TieringRow } from './tiering-row.js';

/** The fastest policy, compared in a sentence. */
export function TieringVerdict({ rows }: { readonly rows: readonly TieringRow[] }) {
  const policies = rows.filter(({ placement }) => !(BASELINES as readonly string[]).includes(placement));
  const best = policies.reduce<TieringRow | undefined>(
    (fastest, row) =>
      fastest !== undefined && fastest.figures.nsPerOperation <= row.figures.nsPerOperation ? fastest : row,
    undefined,
  );
  const first = best && longerThan('first touch', best, rows);
  const oracle = best && longerThan('oracle', best, rows);
  return (
    <p class="verdict" role="status">
      {best === undefined || first === undefined || oracle === undefined
        ? 'Not compared yet.'
        : `${policies.length === 1 ? '' : 'The fastest policy: '}${best.placement} needs ` +
          `${difference(first)} than first touch, and ${difference(oracle)} than the oracle.`}
    </p>
  );
}

function difference(longer: number): string {
  return `${formatPart(Math.abs(longer))} ${longer < 0 ? 'less' : 'more'} time`;
}
