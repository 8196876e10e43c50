import { useMemo } from 'preact/hooks';
import { MAX_LEVEL } from '../../../src/heat/heat-byte.js';
import { showSeconds } from '../../../src/heat/map/axis-text.js';
import { colourOf } from '../../../src/heat/map/colours.js';
import type { HeatGrid } from '../../../src/heat/map/heat-grid.js';
import { certaintyTexts, hottestText, RATE_UNIT, rateText } from '../../../src/heat/map/legend.js';
import type { HeatHistory } from '../model/heat-history.js';
import { formatBytes } from '../ui/format.js';
import { useCanvas } from '../ui/use-canvas.js';
import { cssColour, drawHeat, HEAT_PX } from './heat-drawing.js';

/** The map of a region: offsets downward, time to the right, and what is unknown. */
export function HeatPicture({ history, name }: { readonly history: HeatHistory; readonly name: string }) {
  const { version } = history;
  const grid = useMemo(() => history.grid(), [history, version]);
  return grid === undefined ? null : <HeatMapOf grid={grid} name={name} />;
}

function HeatMapOf({ grid, name }: { readonly grid: HeatGrid; readonly name: string }) {
  const canvas = useCanvas(drawHeat, grid);
  const { bytes, fromMs, toMs } = grid.shape;
  const [low, high] = grid.levels() ?? [1, 0];
  const levels = Array.from({ length: MAX_LEVEL + 1 }, (_, level) => level).slice(low, high + 1);
  return (
    <figure class="heat-figure">
      <canvas
        ref={canvas}
        class="heat-canvas"
        role="img"
        aria-label={`Heat map of ${name}: ${formatBytes(bytes)} by ${showSeconds((toMs - fromMs) / 1000)}. ${hottestText(grid)}`}
        height={HEAT_PX}
      />
      <figcaption class="heat-texts">
        <p>{RATE_UNIT}:</p>
        <ul class="legend" aria-label="Colours of the heat map">
          {levels.map((level) => (
            <li key={level}>
              <span
                class="swatch"
                aria-hidden="true"
                style={{ background: cssColour(colourOf(level, low, high)) }}
              />
              {rateText(level)}
            </li>
          ))}
          <li>
            <span class="swatch heat-unknown" aria-hidden="true" />
            unknown
          </li>
        </ul>
        {certaintyTexts(grid.certainty()).map((text) => (
          <p key={text} class="note">
            {text}
          </p>
        ))}
      </figcaption>
    </figure>
  );
}
