import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  readonly head: string;
  /** Tells columns with equal heads apart. Default: the head. */
  readonly id?: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right, digit under digit. */
  readonly numeric?: boolean;
  /** The column that names the row. */
  readonly rowHead?: boolean;
}

interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Shown in place of rows. */
  readonly empty?: string;
}

/** A table that scrolls sideways within its panel where it is too wide. */
export function DataTable<Row>({ caption, columns, rows, keyOf, empty }: DataTableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="table-frame" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ head, id = head, numeric }) => (
              <th key={id} scope="col" class={numeric === true ? 'numeric' : ''}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ head, id = head, cell, numeric, rowHead }) => {
                const name = numeric === true ? 'numeric' : '';
                return rowHead === true ? (
                  <th key={id} scope="row" class={name}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={id} class={name}>
                    {cell(row)}
                  </td>
                );
              })}
            </tr>
          ))}
          {rows.length === 0 && empty !== undefined && (
            <tr>
              <td colSpan={columns.length} class="empty">
                {empty}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}
