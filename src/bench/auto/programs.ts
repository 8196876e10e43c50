import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { RandomStream } from '../../common/random.js';
import { sqlDatabases } from './databases.js';
import type { AutoProgram, AutoProgramKind } from './program-kind.js';

const TABLE_BYTES = 256 * 2 ** 20;
const PROBES = 200_000;
const DIMENSIONS = 128;
const DISTANCES = 20_000;

interface WebAssemblyApi {
  readonly Memory: new (descriptor: object) => { readonly buffer: ArrayBuffer };
}

/** Probes of a hash table in an unshared WebAssembly.Memory. */
function hashProbe(): AutoProgram {
  const { Memory } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
  const pages = TABLE_BYTES / 2 ** 16;
  const table = new Uint32Array(new Memory({ initial: pages, maximum: pages }).buffer);
  for (let i = 0; i < table.length; i++) table[i] = Math.imul(i, 2654435761) >>> 0;
  let last = 1;
  return {
    query() {
      // A local variable, because a captured one is a heap object.
      let key = last;
      let sum = 0;
      for (let i = 0; i < PROBES; i++) {
        key = (Math.imul(key, 1664525) + 1013904223) >>> 0;
        sum = (sum + table[key % table.length]!) >>> 0;
      }
      last = key;
      return sum;
    },
  };
}

/** Dot products with random vectors in a SharedArrayBuffer. */
function vectorSearch(): AutoProgram {
  const random = new RandomStream(1);
  const vectors = new Float32Array(new SharedArrayBuffer(TABLE_BYTES));
  for (let i = 0; i < vectors.length; i++) vectors[i] = ((i * 7919) % 1009) / 1009;
  const count = vectors.length / DIMENSIONS;
  return {
    query() {
      let best = 0;
      for (let i = 0; i < DISTANCES; i++) {
        const at = random.below(count) * DIMENSIONS;
        let product = 0;
        for (let k = 0; k < DIMENSIONS; k++) product += vectors[at + k]! * vectors[k]!;
        if (product > best) best = product;
      }
      return Math.round(best * 1000);
    },
  };
}

/** The programs, by name. */
export const PROGRAM_KINDS: Readonly<Record<string, AutoProgramKind>> = {
  'hash-probe': { what: 'random probes of a table of 256M in a WebAssembly.Memory', start: hashProbe },
  'vector-search': {
    what: 'dot products with random vectors, 256M in a SharedArrayBuffer',
    start: vectorSearch,
  },
  ...sqlDatabases,
};

export const PROGRAM_NAMES: readonly string[] = Object.keys(PROGRAM_KINDS);

/** Loads packages that are installed in a folder. */
export function loaderOf(folder: string): NodeJS.Require {
  return createRequire(join(resolve(folder), 'program.js'));
}

/** Why a program cannot run. Undefined if it can. */
export function absence(name: string, load: NodeJS.Require): string | undefined {
  const { npm } = PROGRAM_KINDS[name]!;
  if (npm === undefined) return undefined;
  try {
    load.resolve(npm);
    return undefined;
  } catch {
    return `${npm} is not installed`;
  }
}
