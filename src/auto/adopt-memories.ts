import { checkInteger, readOptions } from '../common/check-options.js';
import { describe } from '../common/describe-value.js';
import { inCall, invalidArgument, MigrationError } from '../common/migration-error.js';
import type { AdoptableBuffer } from '../ferry/adoptable.js';
import { checkFerry } from '../ferry/check-ferry.js';
import type { Ferry } from '../ferry/ferry.js';
import type { Region } from '../ferry/region.js';
import { Adopter, bytesOf, findLargeMemories, type RefusedMemories } from './adopter.js';
import { DEFAULT_MIN_BYTES } from './settings.js';

/**
 * Options of {@link adoptMemories} and {@link adoptInstance}.
 *
 * @see {@link adoptMemories} for an example
 */
export interface AdoptMemoriesOptions {
  /**
   * Bytes from which a memory is adopted: from 8192.
   *
   * @defaultValue 67108864 (64 MiB) for `adoptMemories`, 8192 for `adoptInstance`
   */
  readonly minBytes?: number;
}

/**
 * The memories that are adopted as they are made: {@link adoptMemories}.
 *
 * @see {@link adoptMemories} for an example
 */
export interface AdoptedMemories {
  /** Memories that were adopted, and their bytes at that time. */
  readonly adopted: {
    /** Memories that were adopted, also those that are dropped by now. */
    readonly count: number;
    /** Their bytes when they were adopted. */
    readonly bytes: number;
  };
  /** Memories that could not be adopted, by the reason. */
  readonly refused: readonly RefusedMemories[];
  /** Ends it. Memories that were adopted stay so. */
  stop(): void;
}

const MIN_BYTES = 8192;
const MAX_BYTES = 2 ** 40;

/**
 * From now on adopts every SharedArrayBuffer and WebAssembly.Memory of this thread that is large enough, as soon as it is made
 * or has grown to that. It holds them weakly: see {@link index!AdoptOptions.reference | reference}.
 *
 * It replaces the constructors, as pageferry/auto does. docs/run.md says what is not seen.
 *
 * @throws {@link index!MigrationError | MigrationError} EINVAL for an object that is not a ferry, or a bad option. EBADF or
 * EIO when the ferry is closed.
 * @example
 * ```ts
 * import { openFerry, startAutopilot } from 'pageferry';
 * import { adoptMemories } from 'pageferry/wasm';
 *
 * const ferry = await openFerry({ keepAlive: false });
 * const memories = adoptMemories(ferry, { minBytes: 2 ** 24 });
 * startAutopilot(ferry);
 * // … the program makes memories, or a database does …
 * console.log(memories.adopted, memories.refused);
 * memories.stop();
 * ```
 */
export function adoptMemories(ferry: Ferry, options: AdoptMemoriesOptions = {}): AdoptedMemories {
  return inCall('adoptMemories', () => {
    const minBytes = checkCall('adoptMemories', ferry, options, DEFAULT_MIN_BYTES);
    const adopter = new Adopter(ferry, minBytes);
    const search = findLargeMemories(minBytes, (memory) => void adopter.adopt(memory));
    return {
      get adopted() {
        return adopter.adopted;
      },
      get refused() {
        return adopter.refused;
      },
      stop: () => search.stop(),
    };
  });
}

/**
 * Adopts the memories that a WebAssembly.Instance exports, as {@link adoptMemories} does. A memory that is adopted already is
 * left out.
 *
 * @throws {@link index!MigrationError | MigrationError} as {@link adoptMemories} does, and as
 * {@link index!Ferry.adopt | ferry.adopt} does for one of its memories.
 * @example
 * ```ts
 * import { openFerry } from 'pageferry';
 * import { adoptInstance } from 'pageferry/wasm';
 *
 * const ferry = await openFerry();
 * const exports = { memory: new SharedArrayBuffer(2 ** 24) }; // of a WebAssembly.Instance
 * for (const region of adoptInstance(ferry, { exports })) await region.migrate({ to: 1 });
 * await ferry.close();
 * ```
 */
export function adoptInstance(
  ferry: Ferry,
  instance: { readonly exports: object },
  options: AdoptMemoriesOptions = {},
): readonly Region[] {
  return inCall('adoptInstance', () => {
    const minBytes = checkCall('adoptInstance', ferry, options, MIN_BYTES);
    const exports: unknown = instance?.exports;
    if (!isObject(exports)) {
      const rule = `must be a WebAssembly.Instance, not ${describe(instance)}`;
      throw invalidArgument('adoptInstance', 'instance', rule);
    }
    return Object.values(exports)
      .filter((value): value is AdoptableBuffer => isObject(value) && bytesOf(value) >= minBytes)
      .map((memory) => adoptOnce(ferry, memory))
      .filter((region) => region !== undefined);
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** @throws MigrationError as `ferry.adopt` does, except if it is adopted already */
function adoptOnce(ferry: Ferry, memory: AdoptableBuffer): Region | undefined {
  try {
    return ferry.adopt(memory, { reference: 'weak' });
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'EBUSY') return undefined;
    throw error;
  }
}

function checkCall(operation: string, ferry: Ferry, options: AdoptMemoriesOptions, fallback: number): number {
  checkFerry(operation, ferry);
  ferry.checkOpen(operation);
  const { minBytes = fallback } = readOptions(operation, options, ['minBytes']);
  checkInteger(operation, 'options.minBytes', minBytes, MIN_BYTES, MAX_BYTES);
  return minBytes;
}
