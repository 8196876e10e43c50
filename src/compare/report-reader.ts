import { MigrationError } from '../common/migration-error.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for control characters
export const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Reads an object of a report file. Errors name the path of the bad value, such as `rows[3].medianGBps`. */
export class ReportReader {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #file: string;
  /** Path of this object in the file. Empty for the top level. */
  readonly path: string;

  /** @param file its name in messages. @throws MigrationError EINVAL for anything but an object. */
  constructor(value: unknown, file: string, path = '') {
    this.#file = file;
    this.path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.wrong(path === '' ? 'the report' : path, 'is not an object');
    }
    this.#value = value as Readonly<Record<string, unknown>>;
  }

  text(name: string, fallback?: string): string {
    const value = this.#get(name) ?? fallback;
    if (typeof value !== 'string' || CONTROL.test(value))
      throw this.wrong(this.#pathOf(name), 'is not a string');
    return value;
  }

  number(name: string, fallback?: number): number {
    const value = this.#get(name) ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw this.wrong(this.#pathOf(name), 'is not a number');
    return value;
  }

  /** Null if the field is null or missing. */
  maybeNumber(name: string): number | null {
    return (this.#get(name) ?? null) === null ? null : this.number(name);
  }

  maybeText(name: string): string | null {
    return (this.#get(name) ?? null) === null ? null : this.text(name);
  }

  maybeObject(name: string): ReportReader | null {
    const value = this.#get(name) ?? null;
    return value === null ? null : new ReportReader(value, this.#file, this.#pathOf(name));
  }

  objects(name: string): ReportReader[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) throw this.wrong(this.#pathOf(name), 'is not an array');
    return value.map((each, i) => new ReportReader(each, this.#file, `${this.#pathOf(name)}[${i}]`));
  }

  /** The raw value. Undefined if the field is missing. */
  anything(name: string): unknown {
    return this.#get(name);
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#value, name) ? this.#value[name] : undefined;
  }

  #pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** The error for a bad value at a path of the report. */
  wrong(path: string, problem: string): MigrationError {
    return new MigrationError('EINVAL', `${this.#file}: ${path} ${problem}`, {
      operation: 'compare',
      argument: path,
      advice: 'Use an unchanged report that --json=FILE wrote.',
    });
  }
}
