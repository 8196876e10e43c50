import { describe } from '../../common/describe-value.js';
import { invalidArgument } from '../../common/migration-error.js';
import { type Axis, axisOf } from './axis.js';
import { type AxisValue, contains, domainOf, unknownAxis } from './parameters.js';
import { countCells, SAMPLINGS, type SweepSpace } from './plan.js';
import type { SweepFigures, SweepRow } from './run-cell.js';

/** The `schema` of a file of cells. */
export const CELLS_SCHEMA = 'pageferry.sim.cells/1';

/** The figures of every cell, in the order of the columns of CSV. */
export const CELL_FIGURES = [
  'GBps',
  'cpu',
  'firstFolioNs',
  'readerWaitNs',
  'writerWaitNs',
  'ns',
  'sysNs',
  'idleNs',
  'fallbacks',
] as const satisfies readonly (keyof SweepFigures)[];
/** The figures that the cells of a compared sweep have besides. */
const COMPARED_FIGURES = ['speedup', 'cpuRatio'] as const satisfies readonly (keyof SweepFigures)[];

/** The first line of a file of cells. */
export interface CellsHead {
  readonly schema: string;
  /** Hash of the plan and the model. A file of another sweep is not continued. */
  readonly sweep: string;
  readonly model: string;
  readonly profile: string;
  readonly cells: number;
  /** The names of the axes. */
  readonly axes: readonly string[];
  /** The whole axes, and what else chooses the cells. */
  readonly space: SweepSpace;
}

/** A line of a cell. */
interface CellLine {
  readonly cell: number;
  readonly values: Readonly<Record<string, AxisValue>>;
  readonly figures?: SweepFigures;
  readonly problem?: string;
}

const OPERATION = 'cells';
const ADVICE = 'Choose a file that pageferry sim sweep --jsonl has written.';
const AGAIN = 'Write it again with pageferry sim sweep --jsonl FILE --force.';

/** A cell as its line, without the end of the line. */
export function cellLine({ axes }: Pick<SweepSpace, 'axes'>, row: SweepRow): string {
  const { index, values } = row;
  const named = Object.fromEntries(axes.map(({ name }, at) => [name, values[at]!]));
  const rest = 'figures' in row ? { figures: row.figures } : { problem: row.problem };
  return JSON.stringify({ cell: index, values: named, ...rest } satisfies CellLine);
}

/** The figures that the cells of a sweep have. */
export function figuresOf({ compared }: Pick<SweepSpace, 'compared'>): readonly (keyof SweepFigures)[] {
  return compared ? [...CELL_FIGURES, ...COMPARED_FIGURES] : CELL_FIGURES;
}

/** The value of a line. Undefined if it is not JSON. */
export function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Checks the first line of a file, parsed.
 * @param file The file, for errors.
 * @throws MigrationError EINVAL
 */
export function readHead(value: unknown, file: string): CellsHead {
  const { schema, profile, cells, space } = Object(value) as Partial<CellsHead>;
  if (schema !== CELLS_SCHEMA) throw invalidArgument(OPERATION, file, 'is not a file of cells', ADVICE);
  if (space === undefined) {
    throw invalidArgument(OPERATION, file, 'is of an older version, without the values of its axes', AGAIN);
  }
  const { axes, sampling, samples, compared } = Object(space) as Partial<SweepSpace>;
  const fail = (what: string): never => {
    throw invalidArgument(OPERATION, file, `is damaged: line 1 has no valid ${what}`, AGAIN);
  };
  if (typeof profile !== 'string') fail('profile');
  if (!SAMPLINGS.includes(sampling!)) fail('sampling');
  if (!Number.isInteger(samples) || samples! < 0) fail('samples');
  if (typeof compared !== 'boolean') fail('compared');
  if (!Array.isArray(axes) || axes.length === 0) fail('axes');
  const head = {
    ...(value as CellsHead),
    space: { ...space, axes: axes!.map((axis) => readAxis(axis, file)) },
  };
  if (sampling === 'grid' && axes!.some(({ levels }) => levels === undefined)) fail('axes of a grid');
  if (countCells(head.space) !== cells) fail('number of cells');
  return head;
}

function readAxis(axis: unknown, file: string): Axis {
  const { name, levels, range } = Object(axis) as Partial<Axis>;
  const domain = typeof name === 'string' ? domainOf(name) : undefined;
  if (domain === undefined) throw unknownAxis(OPERATION, `${file}: line 1`, describe(name));
  if (Array.isArray(levels) && levels.length > 0) return axisOf(name!, levels, `${file}: line 1`);
  const { min, max, scale } = Object(range) as Partial<NonNullable<Axis['range']>>;
  const valid = domain.kind !== 'word' && contains(domain, min) && contains(domain, max) && min < max;
  if (!valid || (scale !== 'linear' && (scale !== 'log' || Number(min) <= 0))) {
    throw invalidArgument(OPERATION, file, `is damaged: line 1 has no valid values of ${name}`, AGAIN);
  }
  return { name: name!, range: { min: Number(min), max: Number(max), scale } };
}

/** Reads the lines of cells of a file, in their order. */
export class CellLines {
  readonly #space: SweepSpace;
  readonly #file: string;
  readonly #cells: number;
  /** By axis, the values that a cell can have; undefined for a range. */
  readonly #levels: readonly (ReadonlySet<AxisValue> | undefined)[];
  #rows = 0;

  /** @param file The file, for errors. */
  constructor(space: SweepSpace, file: string) {
    this.#space = space;
    this.#file = file;
    this.#cells = countCells(space);
    this.#levels = space.axes.map(({ levels }) => (levels === undefined ? undefined : new Set(levels)));
  }

  /** Cells that were read. */
  get rows(): number {
    return this.#rows;
  }

  /** The cell of the next line, parsed. @throws MigrationError EINVAL for a line that is not the next cell. */
  row(line: unknown): SweepRow {
    const index = this.#rows;
    const { cell, values, figures, problem } = Object(line) as Partial<CellLine>;
    const named = Object(values) as Readonly<Record<string, AxisValue>>;
    const own = this.#space.axes.map(({ name }) => named[name]!);
    const known = typeof problem === 'string' || this.#areFigures(figures);
    if (cell !== index || index >= this.#cells || !known || !own.every((value, at) => this.#has(value, at))) {
      throw invalidArgument(
        OPERATION,
        this.#file,
        `is damaged: line ${index + 2} is not cell ${index}`,
        AGAIN,
      );
    }
    this.#rows++;
    return figures === undefined
      ? { index, values: own, problem: problem! }
      : { index, values: own, figures };
  }

  #areFigures(figures: unknown): boolean {
    const found = Object(figures) as Readonly<Record<string, unknown>>;
    return figuresOf(this.#space).every((name) => Number.isFinite(found[name]));
  }

  #has(value: AxisValue, at: number): boolean {
    const levels = this.#levels[at];
    if (levels !== undefined) return levels.has(value);
    // A value of a range is rounded to six digits, so it may be just outside of it.
    return contains(domainOf(this.#space.axes[at]!.name)!, value);
  }
}
