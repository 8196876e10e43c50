import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CellOutcome, SweepFigures } from '../sim/sweep/run-cell.js';

const SUFFIX = '.cells';
const KEY_LENGTH = 32;
const BLOCK = 2 ** 20;
/** Files that are open at a time. */
const MAX_OPEN = 64;
/** Lines that are written together. */
const BATCH = 256;

/**
 * Figures of cells by the hash of their content, in a folder. Each process appends lines to a file of its own, so that
 * several can use the folder at once. A line that a killed process left unfinished is ignored. Memory holds the place of
 * each line, not its figures: 22 bytes a cell.
 */
export class CellCache {
  readonly #folder: string;
  readonly #files: string[] = [];
  /** Descriptors of the files that were read last, by number of the file. */
  readonly #open = new Map<number, number>();
  #index = new PlaceTable(1024);
  #own: number | undefined;
  #written: string[] = [];
  /** Cells found, and not found. */
  hits = 0;
  misses = 0;

  /** Reads the places of all lines. @throws the system's error for a folder that cannot be made or read. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder).sort()) {
      if (name.endsWith(SUFFIX)) this.#read(join(folder, name));
    }
  }

  /** Cells that the folder had. */
  get size(): number {
    return this.#index.size;
  }

  get(key: string): CellOutcome | undefined {
    const place = this.#index.get(key);
    const figures = place === undefined ? undefined : this.#lineAt(place, key);
    if (figures === undefined) this.misses++;
    else this.hits++;
    return figures === undefined ? undefined : { figures };
  }

  put(key: string, figures: SweepFigures): void {
    this.#written.push(`${key} ${JSON.stringify(figures)}\n`);
    if (this.#written.length >= BATCH) this.flush();
  }

  /** Writes what was put. */
  flush(): void {
    if (this.#written.length === 0) return;
    const name = `${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}${SUFFIX}`;
    this.#own ??= openSync(join(this.#folder, name), 'ax');
    writeSync(this.#own, this.#written.join(''));
    this.#written = [];
  }

  close(): void {
    this.flush();
    if (this.#own !== undefined) closeSync(this.#own);
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
    this.#own = undefined;
  }

  #read(path: string): void {
    const at = this.#files.push(path) - 1;
    const file = this.#opened(at);
    const { size } = fstatSync(file);
    const block = Buffer.alloc(BLOCK);
    let from = 0;
    // The line that the block before has begun.
    while (from < size) {
      const read = readSync(file, block, 0, BLOCK, from);
      let line = 0;
      for (;;) {
        const end = block.subarray(0, read).indexOf(0x0a, line);
        if (end === -1) break;
        if (end - line > KEY_LENGTH && block[line + KEY_LENGTH] === 0x20) {
          this.#index.set(block.toString('latin1', line, line + KEY_LENGTH), at, from + line, end - line);
        }
        line = end + 1;
      }
      // A line longer than a block is not of this format.
      from += line === 0 ? read : line;
    }
  }

  #opened(at: number): number {
    let file = this.#open.get(at);
    if (file !== undefined) return file;
    const [oldest] = this.#open;
    if (oldest !== undefined && this.#open.size >= MAX_OPEN) {
      closeSync(oldest[1]);
      this.#open.delete(oldest[0]);
    }
    file = openSync(this.#files[at]!, 'r');
    this.#open.set(at, file);
    return file;
  }

  #lineAt({ file, from, length }: Place, key: string): SweepFigures | undefined {
    const line = Buffer.alloc(length);
    if (readSync(this.#opened(file), line, 0, length, from) !== length) return undefined;
    const text = line.toString('utf8');
    // The table has 64 bits of the key. The line has all of it.
    if (!text.startsWith(`${key} `)) return undefined;
    try {
      return JSON.parse(text.slice(KEY_LENGTH + 1)) as SweepFigures;
    } catch {
      return undefined;
    }
  }
}

interface Place {
  readonly file: number;
  readonly from: number;
  readonly length: number;
}

/** A hash table of places in typed arrays, by the first 64 bits of the key. */
class PlaceTable {
  size = 0;
  #mask: number;
  #high: Uint32Array;
  #low: Uint32Array;
  #from: Float64Array;
  #length: Uint32Array;
  /** Number of the file, plus 1; 0: free. */
  #file: Uint16Array;

  constructor(capacity: number) {
    this.#mask = capacity - 1;
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#from = new Float64Array(capacity);
    this.#length = new Uint32Array(capacity);
    this.#file = new Uint16Array(capacity);
  }

  get(key: string): Place | undefined {
    const at = this.#find(Number.parseInt(key.slice(0, 8), 16), Number.parseInt(key.slice(8, 16), 16));
    if (this.#file[at] === 0) return undefined;
    return { file: this.#file[at]! - 1, from: this.#from[at]!, length: this.#length[at]! };
  }

  set(key: string, file: number, from: number, length: number): void {
    const high = Number.parseInt(key.slice(0, 8), 16);
    const low = Number.parseInt(key.slice(8, 16), 16);
    if (!(high >= 0 && low >= 0)) return;
    if (this.size * 4 >= (this.#mask + 1) * 3) this.#grow();
    this.#put(high, low, file + 1, from, length);
  }

  #find(high: number, low: number): number {
    let at = low & this.#mask;
    while (this.#file[at] !== 0 && (this.#high[at] !== high || this.#low[at] !== low))
      at = (at + 1) & this.#mask;
    return at;
  }

  #put(high: number, low: number, file: number, from: number, length: number): void {
    const at = this.#find(high, low);
    if (this.#file[at] === 0) this.size++;
    this.#high[at] = high;
    this.#low[at] = low;
    this.#file[at] = file;
    this.#from[at] = from;
    this.#length[at] = length;
  }

  #grow(): void {
    const old = {
      high: this.#high,
      low: this.#low,
      file: this.#file,
      from: this.#from,
      length: this.#length,
    };
    const larger = new PlaceTable((this.#mask + 1) * 2);
    for (let at = 0; at < old.file.length; at++) {
      if (old.file[at] === 0) continue;
      larger.#put(old.high[at]!, old.low[at]!, old.file[at]!, old.from[at]!, old.length[at]!);
    }
    this.#mask = larger.#mask;
    this.#high = larger.#high;
    this.#low = larger.#low;
    this.#from = larger.#from;
    this.#length = larger.#length;
    this.#file = larger.#file;
  }
}
