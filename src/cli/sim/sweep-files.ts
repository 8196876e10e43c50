import {
  closeSync,
  createReadStream,
  existsSync,
  ftruncateSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createInterface } from 'node:readline';
import { modelVersion } from '../../runner/model-version.js';
import { sweepId } from '../../runner/run-sweep.js';
import {
  CELLS_SCHEMA,
  CellLines,
  type CellsHead,
  cellLine,
  figuresOf,
  parsedLine,
} from '../../sim/sweep/cells-file.js';
import { countCells, type SweepPlan } from '../../sim/sweep/plan.js';
import type { SweepRow } from '../../sim/sweep/run-cell.js';
import { UsageError } from '../ui/errors.js';
import { checkDistinct, checkWritable, writing } from '../ui/json-file.js';

export interface SweepFileFlags {
  readonly jsonl?: string;
  readonly csv?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
}

/** Rows that are written together. */
const BATCH = 64;

function headOf(plan: SweepPlan): CellsHead {
  const { profile, ...space } = plan;
  return {
    schema: CELLS_SCHEMA,
    sweep: sweepId(plan),
    model: modelVersion(),
    profile: profile.name,
    cells: countCells(plan),
    axes: plan.axes.map(({ name }) => name),
    space,
  };
}

/** Checks the flags before anything runs. @throws UsageError */
export function checkSweepFiles({ jsonl, csv, resume, force }: SweepFileFlags): void {
  checkWritable(jsonl, '--jsonl');
  checkWritable(csv, '--csv');
  if (resume === true && jsonl === undefined) {
    throw new UsageError('--resume: needs the file to continue. Add --jsonl FILE');
  }
  if (resume === true && force === true) {
    throw new UsageError('--resume: cannot be combined with --force. Use one of them');
  }
  checkDistinct(['--csv', csv], ['--jsonl', jsonl]);
  for (const [flag, file] of [
    ['--jsonl', jsonl],
    ['--csv', csv],
  ] as const) {
    if (file === undefined || force === true || resume === true || !existsSync(file)) continue;
    // A pipe or a device is not replaced.
    if (!statSync(file).isFile() || statSync(file).size === 0) continue;
    throw new UsageError(
      `${flag}: '${file}' already exists. Use --resume to continue it, or --force to overwrite it`,
    );
  }
}

/** The files of the cells: JSON lines and CSV. Rows come in order, so a file has the first cells of its sweep. */
export class SweepFiles {
  readonly #plan: SweepPlan;
  readonly #flags: SweepFileFlags;
  #jsonl: number | undefined;
  #csv: number | undefined;
  #lines: string[] = [];
  #rows: string[] = [];

  /** @param onRow Gets the rows that a file to continue has. */
  static async open(
    plan: SweepPlan,
    flags: SweepFileFlags,
    onRow: (row: SweepRow) => void,
  ): Promise<{ readonly files: SweepFiles; readonly from: number }> {
    const files = new SweepFiles(plan, flags);
    const from = await files.#open(onRow);
    return { files, from };
  }

  private constructor(plan: SweepPlan, flags: SweepFileFlags) {
    this.#plan = plan;
    this.#flags = flags;
  }

  async #open(onRow: (row: SweepRow) => void): Promise<number> {
    const { jsonl, csv, resume } = this.#flags;
    if (csv !== undefined) {
      // The rows of a file to continue are written again.
      this.#csv = writing('--csv', csv, () => openSync(csv, 'w'));
      this.#rows.push(`${this.#columns().map(quoted).join(',')}\n`);
    }
    if (jsonl === undefined) return 0;
    const known = resume === true && existsSync(jsonl) && statSync(jsonl).size > 0;
    if (!known) {
      this.#jsonl = writing('--jsonl', jsonl, () => openSync(jsonl, 'w'));
      this.#lines.push(`${JSON.stringify(headOf(this.#plan))}\n`);
      return 0;
    }
    const { bytes, rows } = await this.#read(jsonl, (row) => {
      this.#addCsv(row);
      onRow(row);
    });
    this.#jsonl = writing('--jsonl', jsonl, () => openSync(jsonl, 'a'));
    // A killed process may have left a part of a line.
    ftruncateSync(this.#jsonl, bytes);
    return rows;
  }

  /** Reads the cells that a file has. @throws UsageError for a file of another sweep. */
  async #read(
    file: string,
    onRow: (row: SweepRow) => void,
  ): Promise<{ readonly bytes: number; readonly rows: number }> {
    const { size } = statSync(file);
    const head = headOf(this.#plan);
    const cells = new CellLines(this.#plan, `--jsonl '${file}'`);
    let bytes = 0;
    let headed = false;
    for await (const line of createInterface({
      input: createReadStream(file),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      const end = bytes + Buffer.byteLength(line) + 1;
      // The last line has no end of line: it is not complete.
      if (end > size) break;
      const value = parsedLine(line);
      if (headed) onRow(cells.row(value));
      else checkHead(file, value, head);
      headed = true;
      bytes = end;
    }
    if (!headed) throw new UsageError(`--jsonl: '${file}' has no complete line. Use --force to overwrite it`);
    return { bytes, rows: cells.rows };
  }

  add(row: SweepRow): void {
    if (this.#jsonl !== undefined) this.#lines.push(`${cellLine(this.#plan, row)}\n`);
    this.#addCsv(row);
    if (this.#lines.length >= BATCH || this.#rows.length >= BATCH) this.flush();
  }

  #addCsv(row: SweepRow): void {
    if (this.#csv === undefined) return;
    const { index, values } = row;
    const figures = figuresOf(this.#plan).map((name) => ('figures' in row ? (row.figures[name] ?? '') : ''));
    const problem = 'problem' in row ? row.problem : '';
    this.#rows.push(
      `${[index, ...values, ...figures, problem].map((each) => quoted(String(each))).join(',')}\n`,
    );
    if (this.#rows.length >= BATCH) this.flush();
  }

  #columns(): string[] {
    return ['cell', ...this.#plan.axes.map(({ name }) => name), ...figuresOf(this.#plan), 'problem'];
  }

  /** Writes the rows so far. @throws ReportFileError */
  flush(): void {
    const { jsonl = '', csv = '' } = this.#flags;
    if (this.#jsonl !== undefined) append('--jsonl', jsonl, this.#jsonl, this.#lines);
    if (this.#csv !== undefined) append('--csv', csv, this.#csv, this.#rows);
    this.#lines = [];
    this.#rows = [];
  }

  close(): void {
    this.flush();
    for (const file of [this.#jsonl, this.#csv]) if (file !== undefined) closeSync(file);
    this.#jsonl = undefined;
    this.#csv = undefined;
  }
}

function append(flag: string, file: string, descriptor: number, lines: readonly string[]): void {
  if (lines.length === 0) return;
  writing(flag, file, () => {
    const bytes = Buffer.from(lines.join(''));
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
  });
}

function checkHead(file: string, found: unknown, head: CellsHead): void {
  const { schema, sweep, model, profile } = Object(found) as Partial<CellsHead>;
  if (schema !== CELLS_SCHEMA) {
    throw new UsageError(`--jsonl: '${file}' is not a file of cells. Name another file`);
  }
  if (sweep === head.sweep) return;
  const why =
    model === head.model
      ? `another sweep, of profile ${profile}: its options or its profile differ`
      : 'another version of the model';
  throw new UsageError(`--resume: '${file}' has cells of ${why}. Use the same options, or --force instead`);
}

/** A field of CSV (RFC 4180). */
function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
