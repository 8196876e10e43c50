import { useRef } from 'preact/hooks';
import type { Edges } from './breakeven-edges.js';
import './heat-map.css';

export interface HeatCell {
  readonly text: string;
  /** As a screen reader says it. */
  readonly spoken: string;
  /** 0 to 1. */
  readonly heat: number;
  readonly stale: boolean;
  readonly edges: Edges;
}

interface HeatMapProps {
  /** What the figures are, and what goes across and down. */
  readonly label: string;
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** Undefined where nothing is known yet. */
  readonly cell: (row: number, column: number) => HeatCell | undefined;
  readonly chosen: { readonly row: number; readonly column: number };
  readonly onChoose: (chosen: { row: number; column: number }) => void;
}

/** From here on white is easier to read than black on light ground's ramp, and black than white on dark ground's (lab.css). */
const DEEP_ON_LIGHT = 0.74;
const DEEP_ON_DARK = 0.54;
const ARROWS: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** A table whose cells are coloured by their values, one of which is chosen: by pointer, or by the arrow keys. */
export function HeatMap(props: HeatMapProps) {
  const { label, corner, columns, rows, cell, chosen, onChoose } = props;
  const table = useRef<HTMLTableElement>(null);
  const move = (event: KeyboardEvent) => {
    const by = ARROWS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const row = Math.min(rows.length - 1, Math.max(0, chosen.row + by[0]));
    const column = Math.min(columns.length - 1, Math.max(0, chosen.column + by[1]));
    onChoose({ row, column });
    table.current?.querySelector<HTMLElement>(`[data-cell="${row}/${column}"]`)?.focus();
  };
  return (
    <table ref={table} class="heat" onKeyDown={move}>
      <caption>{label}</caption>
      <thead>
        <tr>
          <th scope="col">{corner}</th>
          {columns.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((name, row) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {columns.map((head, column) => {
              const isChosen = row === chosen.row && column === chosen.column;
              return (
                <Cell
                  key={head}
                  at={`${row}/${column}`}
                  name={`${name}, ${head}`}
                  cell={cell(row, column)}
                  chosen={isChosen}
                  onChoose={() => onChoose({ row, column })}
                />
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface CellProps {
  readonly at: string;
  readonly name: string;
  readonly cell: HeatCell | undefined;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function Cell({ at, name, cell, chosen, onChoose }: CellProps) {
  const { edges, heat = 0 } = cell ?? {};
  const classes = [
    edges?.top === true && 'edge-top',
    edges?.left === true && 'edge-left',
    edges?.inside === true && 'inside',
    heat >= DEEP_ON_LIGHT && 'deep-on-light',
    heat >= DEEP_ON_DARK && 'deep-on-dark',
    cell?.stale === true && 'stale',
  ].filter((each) => each !== false);
  return (
    <td class={classes.join(' ')} style={{ '--heat': `${Math.round(heat * 100)}%` }}>
      <button
        type="button"
        data-cell={at}
        tabIndex={chosen ? 0 : -1}
        aria-pressed={chosen}
        aria-label={`${name}: ${cell?.spoken ?? 'not yet'}`}
        onClick={onChoose}
      >
        {cell?.text ?? '·'}
      </button>
    </td>
  );
}
