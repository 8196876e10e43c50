interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly unit?: string;
  /** Small, below. */
  readonly note?: string;
  readonly tone?: 'plain' | 'bad';
}

/** One number that matters, with its unit. A row of them is a `dl` of class `figures`. */
export function Figure({ label, value, unit, note, tone = 'plain' }: FigureProps) {
  return (
    <div class={`figure ${tone}`}>
      <dt>{label}</dt>
      <dd>
        {value}
        {unit !== undefined && <small> {unit}</small>}
        {note !== undefined && <span class="figure-note">{note}</span>}
      </dd>
    </div>
  );
}
