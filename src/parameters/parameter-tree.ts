import { readOptions } from '../common/check-options.js';
import { readSafely } from '../common/check-plain.js';
import { checkSignal } from '../common/check-signal.js';
import { describe } from '../common/describe-value.js';
import { errorOf, invalidArgument, MigrationError } from '../common/migration-error.js';
import { renamedParameter } from '../common/renamed.js';
import {
  type ParameterListener,
  type ParameterWatch,
  ParameterWatches,
  type WatchOptions,
} from './parameter-watches.js';

export interface ParameterDefinition {
  readonly description: string;
  /** The value as text, without a newline. Must be quick: a watched parameter is polled ten times a second. */
  show(): string;
  /**
   * Takes a new value, or throws and changes nothing. Without it, the parameter is read-only. The next store waits for this
   * one, so it must not wait for another `set` of the same tree.
   */
  store?(text: string): void | Promise<void>;
}

/**
 * A parameter and its current value.
 * @see {@link ParameterAccess.watch} for an example
 */
export interface ParameterInfo {
  /** Such as `module/dcbm/parameters/nr_dma_chan`. */
  readonly path: string;
  /** The value as text, without a newline. */
  readonly value: string;
  /** Whether `set` accepts a value. */
  readonly writable: boolean;
  /** The meaning of the parameter, in a sentence. */
  readonly description: string;
}

/**
 * The parameters that can be read and changed while a ferry runs: the kernel's module parameters in sysfs
 * (RFC patch 5). Paths are like `module/dcbm/parameters/nr_dma_chan`. One leading slash is accepted.
 * @example
 * ```ts
 * const stop = ferry.parameters.watch('module/dcbm', (path, value) => console.log(path, value));
 * await ferry.parameters.set('module/dcbm/parameters/nr_dma_chan', 4);
 * console.log(ferry.parameters.get('module/dcbm/parameters/nr_dma_chan')); // '4'
 * stop();
 * ```
 */
export interface ParameterAccess {
  /** The value, without a newline. @throws {@link MigrationError} ENOENT for an unknown path. */
  get(path: string): string;
  /**
   * Writes a value. `true` is `y`, `false` is `n`. Resolves when the value has taken effect. Concurrent calls run one after
   * the other.
   *
   * Rejects with {@link MigrationError} ENOENT for an unknown path, EACCES for a read-only one, and EINVAL for a bad value.
   * The parameter may reject with other codes (EBUSY: another migrator is registered). The old value stays.
   */
  set(path: string, value: string | number | boolean): Promise<void>;
  /** Every parameter, sorted by path. */
  list(): readonly ParameterInfo[];
  /**
   * Calls `listener` after each change of one parameter, or of all below a path such as `module/dcbm` (`/` is all of them).
   * A change by `set` is reported at once. Changes by the engine are reported within 100 ms, several as one. A watch does
   * not keep the process alive.
   *
   * Returns a function that ends the watch, also by `Symbol.dispose`. `options.signal` and the end of the ferry end it, too.
   * @throws {@link MigrationError} ENOENT for a path that is not that of a parameter or of a folder of parameters. EINVAL
   * for bad options.
   * @example
   * ```ts
   * const signal = AbortSignal.timeout(60_000);
   * ferry.parameters.watch('/', (path, value) => console.log(path, value), { signal });
   * ```
   */
  watch(path: string, listener: ParameterListener, options?: WatchOptions): ParameterWatch;
}

const PATH = /^[a-z0-9_]+(?:\/[a-z0-9_]+)*$/;

/** The parameters of one ferry. Code that defines them has this class, all other code has `ParameterAccess`. */
export class ParameterTree implements ParameterAccess {
  readonly #byPath = new Map<string, ParameterDefinition>();
  readonly #watches = new ParameterWatches((path) => this.#shown(path));
  readonly #onSet: (path: string, shown: string) => void;
  #lastSet: Promise<void> = Promise.resolve();

  /** @param onSet Called after each `set` that has taken effect. */
  constructor(onSet: (path: string, shown: string) => void = () => undefined) {
    this.#onSet = onSet;
  }

  /** @throws {@link MigrationError} EINVAL for an invalid path, EEXIST for a duplicate. */
  define(path: string, definition: ParameterDefinition): void {
    const operation = 'define parameter';
    if (!PATH.test(path)) {
      throw invalidArgument(
        operation,
        'path',
        `must be slash-separated names of a-z, 0-9 and _, not '${path}'`,
      );
    }
    if (this.#byPath.has(path)) {
      throw new MigrationError('EEXIST', `path: duplicate parameter '${path}'`, {
        operation,
        argument: 'path',
      });
    }
    this.#byPath.set(path, definition);
  }

  get(path: string): string {
    return this.#find('parameters.get', path).definition.show();
  }

  async set(path: string, value: string | number | boolean): Promise<void> {
    const operation = 'parameters.set';
    const { known, definition } = this.#find(operation, path);
    if (definition.store === undefined) {
      throw new MigrationError('EACCES', `path: ${known} is read-only`, { operation, argument: 'path' });
    }
    const text = textOf(operation, value);
    const turn = this.#lastSet.then(() => definition.store?.(text)).finally(() => this.poll());
    // The next `set` waits for the end of this one, even if it fails.
    this.#lastSet = turn.catch(() => undefined);
    try {
      await turn;
    } catch (error) {
      throw errorOf(operation, error);
    }
    this.#onSet(known, definition.show());
  }

  list(): readonly ParameterInfo[] {
    const paths = [...this.#byPath.keys()].sort();
    return paths.map((path) => {
      const definition = this.#byPath.get(path)!;
      const { description, store } = definition;
      return Object.freeze({ path, value: definition.show(), writable: store !== undefined, description });
    });
  }

  watch(path: string, listener: ParameterListener, options: WatchOptions = {}): ParameterWatch {
    const operation = 'parameters.watch';
    if (typeof listener !== 'function') {
      throw invalidArgument(operation, 'listener', `must be a function, not ${describe(listener)}`);
    }
    const { signal } = readOptions(operation, options, ['signal']);
    checkSignal(operation, 'options.signal', signal);
    const top = pathOf(operation, path);
    const below = [...this.#byPath.keys()].filter((known) => isBelow(known, top)).sort();
    if (below.length === 0) throw this.#unknown(operation, top);
    return readSafely(operation, 'options.signal', () => this.#watches.add(below, listener, signal));
  }

  /** Notifies watchers now of changes without a `set`. Otherwise they are notified within 100 ms. */
  poll(): void {
    this.#watches.poll();
  }

  /** Ends every watch, after a last report. Values can still be read. */
  close(): void {
    this.#watches.close();
  }

  #find(operation: string, path: string): { known: string; definition: ParameterDefinition } {
    const known = pathOf(operation, path);
    const definition = this.#byPath.get(known);
    if (definition === undefined) throw this.#unknown(operation, known);
    return { known, definition };
  }

  #unknown(operation: string, path: string): MigrationError {
    const known = [...this.#byPath.keys()];
    const folder = folderOf(path);
    const beside = known.filter((other) => folder !== '' && isBelow(other, folder));
    const near = beside.length > 0 ? beside : new Set(known.map((other) => `${folderOf(other)}/…`));
    const renamed = renamedParameter(path, known);
    return new MigrationError('ENOENT', `path: unknown parameter ${describe(path)}`, {
      operation,
      argument: 'path',
      advice:
        renamed === undefined
          ? `Known: ${[...near].sort().join(', ')}.`
          : `The parameter was renamed. Use ${renamed} (${this.#byPath.get(renamed)!.description}).`,
    });
  }

  /** A value that cannot be shown now counts as unchanged. `get` reports the error. */
  #shown(path: string): string | undefined {
    try {
      return this.#byPath.get(path)?.show();
    } catch {
      return undefined;
    }
  }
}

/** Whether `path` is `top` or below it. Every path is below ''. */
export function isBelow(path: string, top: string): boolean {
  return top === '' || path === top || path.startsWith(`${top}/`);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function pathOf(operation: string, path: unknown): string {
  if (typeof path !== 'string') {
    throw invalidArgument(operation, 'path', `must be a string, not ${describe(path)}`);
  }
  return path.startsWith('/') ? path.slice(1) : path;
}

function textOf(operation: string, value: unknown): string {
  if (typeof value === 'string') return value;
  // Not 1 and 0, which a number of channels would also accept.
  if (typeof value === 'boolean') return value ? 'y' : 'n';
  // As text, 1.5 and NaN would be accepted as the words 1 and n.
  if (Number.isSafeInteger(value)) return String(value);
  const rule = 'must be a string, an integer or a boolean';
  throw invalidArgument(operation, 'value', `${rule}, not ${describe(value)}`);
}
