import { BarList } from '../ui/bar-list.js';
import { formatPart, type TieringRow } from './tiering-row.js';

/** Time of an operation with each placement, as bars from zero. */
export function TieringChart({ program, rows }: { program: string; rows: readonly TieringRow[] }) {
  const longest = Math.max(...rows.map(({ figures }) => figures.nsPerOperation));
  return (
    <BarList
      label={`Time of an operation of ${program}, by placement`}
      bars={rows.map(({ placement, figures: { nsPerOperation, hitRatio } }) => ({
        name: placement,
        share: nsPerOperation / longest,
        text: `${nsPerOperation.toPrecision(4)} ns, ${formatPart(hitRatio)} hits`,
      }))}
    />
  );
}
