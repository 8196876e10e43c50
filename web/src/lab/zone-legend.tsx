import { SCANNERS, ZONE_LEGEND } from './zone-colors.js';

export function ZoneLegend() {
  return (
    <ul class="swatches" aria-label="Colours and signs">
      {ZONE_LEGEND.map(({ state, text, color }) => (
        <li key={state}>
          <span class="swatch" style={{ background: `var(--${color})` }} aria-hidden="true" /> {text}
        </li>
      ))}
      {SCANNERS.map(({ name, text, sign }) => (
        <li key={name}>
          <span aria-hidden="true">{sign}</span> {text}
        </li>
      ))}
    </ul>
  );
}
