import { invalidArgument, type MigrationError } from '../../common/migration-error.js';
import { orderOf } from '../../common/page.js';
import { parseSize } from '../../common/size.js';
import { THREAD_PLACEMENTS, type ThreadPlacement } from '../dma/placement.js';
import { SIM_MIGRATORS, type SimMigrator } from '../experiments/move.js';
import type { ClosedCell } from './closed-form.js';

/**
 * The kind of a figure of a move. `GBps`: bytes by the time of the call. `copyGBps`: bytes by the time of the copy.
 * `copyShare`: the part of the time in the copy, 0 to 1. `latencyNs`: the time of the call.
 */
export const FIGURE_METRICS = ['GBps', 'copyGBps', 'copyShare', 'latencyNs'] as const;

export type FigureMetric = (typeof FIGURE_METRICS)[number];

/** One figure that somebody measured or published. */
export interface MeasuredFigure {
  /** Line of the file. */
  readonly line: number;
  readonly metric: FigureMetric;
  readonly cell: ClosedCell;
  readonly value: number;
  /** Relative standard error. */
  readonly error: number;
}

const COLUMNS = [
  'metric',
  'migrator',
  'folio',
  'count',
  'bytes',
  'threads',
  'channels',
  'placement',
  'value',
  'error',
] as const;

type Column = (typeof COLUMNS)[number];

const DEFAULT_ERROR = 0.05;
const DEFAULT_BYTES = 2 ** 30;
const MAX_LINES = 10_000;

/**
 * Reads figures from CSV. The first line names the columns, in any order; `folio` and `value` are needed.
 * @throws MigrationError EINVAL, naming the line and the column.
 */
export function readFigures(text: string): MeasuredFigure[] {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => !isBlank(line));
  if (first < 0) throw wrong('figures', 'is empty', 'Write a line of columns, and a line for each figure.');
  const columns = cellsOf(lines[first]!);
  for (const column of columns) {
    if (!COLUMNS.includes(column as Column)) {
      throw wrong(at(first, column), 'unknown column', `Known: ${COLUMNS.join(', ')}.`);
    }
    if (columns.indexOf(column) !== columns.lastIndexOf(column))
      throw wrong(at(first, column), 'duplicate column');
  }
  for (const column of ['folio', 'value']) {
    if (!columns.includes(column)) throw wrong(at(first, column), 'the column is missing');
  }
  const figures = lines.flatMap((line, i): MeasuredFigure[] => {
    if (i <= first || isBlank(line)) return [];
    const cells = cellsOf(line);
    if (cells.length !== columns.length) {
      throw wrong(`line ${i + 1}`, `has ${cells.length} columns, not ${columns.length}`);
    }
    return [figureOf(i, new Map(columns.map((column, k) => [column as Column, cells[k]!])))];
  });
  if (figures.length === 0) throw wrong('figures', 'has no figure', 'Write a line for each figure.');
  if (figures.length > MAX_LINES) throw wrong('figures', `has more than ${MAX_LINES} figures`);
  return figures;
}

function figureOf(line: number, texts: ReadonlyMap<Column, string>): MeasuredFigure {
  const text = (column: Column): string | undefined => texts.get(column) || undefined;
  const oneOf = <Name extends string>(column: Column, known: readonly Name[], byDefault: Name): Name => {
    const given = text(column) ?? byDefault;
    if (!known.includes(given as Name))
      throw wrong(at(line, column), `must be one of ${known.join(', ')}, not '${given}'`);
    return given as Name;
  };
  const number = (column: Column, min: number, max: number, byDefault?: number): number => {
    const given = text(column);
    const value = given === undefined ? byDefault : Number(given);
    if (value === undefined) throw wrong(at(line, column), 'is missing');
    if (!(value >= min && value <= max))
      throw wrong(at(line, column), `must be a number from ${min} to ${max}, not '${given}'`);
    return value;
  };
  const whole = (column: Column, max: number): number | undefined => {
    if (text(column) === undefined) return undefined;
    const value = number(column, 1, max);
    if (!Number.isInteger(value))
      throw wrong(at(line, column), `must be a whole number, not '${text(column)}'`);
    return value;
  };
  const bytesAt = (column: Column): number | undefined => {
    const given = text(column);
    if (given === undefined) return undefined;
    try {
      return parseSize(given);
    } catch {
      throw wrong(at(line, column), `must be a size such as 64K or 2M, not '${given}'`);
    }
  };
  const metric = oneOf('metric', FIGURE_METRICS, 'GBps');
  const folio = bytesAt('folio');
  if (folio === undefined || orderOf(folio) < 0) {
    throw wrong(at(line, 'folio'), `must be a power of two from 4K to 2M, not '${text('folio') ?? ''}'`);
  }
  const [count, bytes] = [whole('count', 2 ** 28), bytesAt('bytes')];
  if (count !== undefined && bytes !== undefined)
    throw wrong(at(line, 'bytes'), 'cannot be combined with count', 'Use one of them.');
  if (bytes !== undefined && (bytes % folio !== 0 || bytes > 2 ** 40)) {
    throw wrong(
      at(line, 'bytes'),
      `must be a multiple of the folio size, at most 1T, not '${text('bytes')}'`,
    );
  }
  const [threads, channels] = [whole('threads', 4096), whole('channels', 1024)];
  const byDefault = channels !== undefined ? 'dcbm' : threads !== undefined ? 'mtcopy' : 'baseline';
  const migrator: SimMigrator = oneOf('migrator', SIM_MIGRATORS, byDefault);
  if (migrator === 'dcbm' && threads !== undefined)
    throw wrong(at(line, 'threads'), 'dcbm has channels, not threads');
  if (migrator !== 'dcbm' && channels !== undefined)
    throw wrong(at(line, 'channels'), `${migrator} has no channels`);
  const placement: ThreadPlacement = oneOf('placement', THREAD_PLACEMENTS, 'spread');
  const cell: ClosedCell = {
    folio,
    folios: count ?? (metric === 'latencyNs' && bytes === undefined ? 1 : (bytes ?? DEFAULT_BYTES) / folio),
    migrator,
    ...(migrator === 'dcbm' ? { channels: channels ?? 1 } : {}),
    ...(migrator === 'mtcopy' ? { threads: threads ?? 2, placement } : {}),
  };
  const value = number('value', Number.MIN_VALUE, metric === 'copyShare' ? 1 : 1e15);
  return { line: line + 1, metric, cell, value, error: number('error', 0, 2, DEFAULT_ERROR) };
}

/** Blank lines, and comments. */
function isBlank(line: string): boolean {
  return line.trim() === '' || line.startsWith('#');
}

function cellsOf(line: string): string[] {
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

function at(line: number, column: string): string {
  return `line ${line + 1}, ${column}`;
}

function wrong(path: string, problem: string, advice?: string): MigrationError {
  return invalidArgument('readFigures', path, problem, advice);
}
