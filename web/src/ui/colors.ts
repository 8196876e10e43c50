/** Names of the colours of charts in styles/tokens.css; told apart also by who sees few colours. */
export const SERIES_COLORS = [
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'series-6',
] as const;

export type ColorName =
  | (typeof SERIES_COLORS)[number]
  | 'text'
  | 'text-quiet'
  | 'line'
  | 'surface'
  | 'surface-sunken'
  | 'accent'
  | 'protect'
  | 'unmap'
  | 'copy'
  | 'map'
  | 'bad';

/** The value of a colour now, as a canvas takes it. */
export function colorOf(name: ColorName): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
