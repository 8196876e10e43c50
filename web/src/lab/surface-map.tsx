import { SURFACE_FOLIOS, type SurfaceAxis, type SurfaceRow } from '../../../src/sim/lab/surface-plan.js';
import { formatBytes } from '../ui/format.js';
import { edgesOf } from './breakeven-edges.js';
import { HeatMap } from './heat-map.js';
import { keyOf, type Surface } from './surface.js';

interface SurfaceMapProps {
  readonly axis: SurfaceAxis;
  readonly rows: readonly SurfaceRow[];
  readonly surface: Surface;
  readonly chosen: { readonly row: number; readonly column: number };
  readonly onChoose: (chosen: { row: number; column: number }) => void;
}

const DOWN: Readonly<Record<SurfaceAxis, string>> = {
  channels: 'migrator, with its channels or threads',
  batch: 'largest batch',
};

/** Every cell with its figure; a line goes where the baseline is overtaken. */
export function SurfaceMap({ axis, rows, surface, chosen, onChoose }: SurfaceMapProps) {
  const at = (row: number, column: number) => surface.get(keyOf(row, SURFACE_FOLIOS[column]!));
  const known = [...surface.values()].map(({ figures }) => Math.log(figures.GBps));
  const [min, max] = [Math.min(...known), Math.max(...known)];
  const faster = (row: number, column: number): boolean => {
    const [cell, base] = [at(row, column), at(0, column)];
    return cell !== undefined && base !== undefined && row > 0 && cell.figures.GBps > base.figures.GBps;
  };
  return (
    <div class="stack">
      <HeatMap
        label={`GB/s by folio size (across) and ${DOWN[axis]} (down)`}
        corner={axis === 'batch' ? 'batch' : 'folio'}
        columns={SURFACE_FOLIOS.map(formatBytes)}
        rows={rows.map(({ label }) => label)}
        chosen={chosen}
        onChoose={onChoose}
        cell={(row, column) => {
          const result = at(row, column);
          if (result === undefined) return undefined;
          const { GBps } = result.figures;
          return {
            text: GBps < 100 ? GBps.toFixed(2) : GBps.toFixed(1),
            spoken: `${GBps.toFixed(2)} GB/s${faster(row, column) ? ', faster than the baseline' : ''}`,
            heat: max > min ? (Math.log(GBps) - min) / (max - min) : 0.5,
            stale: result.stale,
            edges: edgesOf(faster, row, column),
          };
        }}
      />
      <p class="note">
        <span class="legend-line" aria-hidden="true" /> Break-even line: inside it (bold), the offloaded copy
        is faster than the baseline at the same folio size.
      </p>
    </div>
  );
}
