import { ZONE_LEGEND } from './zone-colors.js';

export function ZoneLegend() {
  return (
    <ul class="swatches" aria-label="Colours">
      {ZONE_LEGEND.map(({ state, text, color }) => (
        <li key={state}>
          <span class="swatch" style={{ background: `var(--${color})` }} aria-hidden="true" /> {text}
        </li>
      ))}
    </ul>
  );
}
