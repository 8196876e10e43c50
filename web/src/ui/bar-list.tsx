export interface Bar {
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
  readonly text: string;
}

/** Names with a bar and a number each; the number says it, the bar shows it. */
export function BarList({ label, bars }: { readonly label: string; readonly bars: readonly Bar[] }) {
  return (
    <ul class="bars" aria-label={label}>
      {bars.map(({ name, share, text }) => (
        <li key={name}>
          <span class="bar-name">{name}</span>
          <span class="bar-text">{text}</span>
          <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
            <rect class="bar-track" width="100" height="1" />
            <rect class="bar-fill" width={Math.max(0, Math.min(1, share)) * 100} height="1" />
          </svg>
        </li>
      ))}
    </ul>
  );
}
