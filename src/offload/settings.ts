import { sharedMemory } from '../common/shared-memory.js';
import { ALL_REASONS } from '../mm/reason.js';

/**
 * Settings that can change while a ferry runs, and their defaults. They are in shared memory: the migration thread reads a
 * change with its next batch, without a message. The program's thread checks and writes them.
 */
const DEFAULTS = {
  /** Bits of the reasons for which batches are offloaded (`reasonBit`). */
  reason_mask: ALL_REASONS,
  /** Maximum number of channels that dcbm uses: 1 to 16. */
  nr_dma_chan: 1,
  /** Threads that mtcopy uses: 1 to 64. */
  mtcopy_threads: 2,
  /** Batches that may be unmapped at once: 1 to 4. The next is unmapped during the copy of the one before. */
  pipeline_depth: 2,
  /** Base pages of a write-protected batch that are cut over at once: 1 to 262144. */
  cutover_pages: 512,
  /** Whether page tables are moved as a whole: 0 never, 1 where nothing prevents it, 2 always. */
  page_tables: 1,
  /** 1: every folio that a migrator marks as copied is compared with its source. */
  verify_copies: 0,
  /** Milliseconds after which a migrator's copy is abandoned: 1 to 600000. */
  copy_timeout_ms: 10_000,
  /** Failed batches in a row after which a migrator is unregistered: 1 to 1000000. */
  max_failures: 8,
} as const;

export type Setting = keyof typeof DEFAULTS;
const SETTINGS = Object.freeze(Object.keys(DEFAULTS)) as readonly Setting[];

const INDEX = new Map(SETTINGS.map((name, index) => [name, index]));

export class Settings {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  /** @param buffer The buffer of another thread's Settings. Without it, the settings get their defaults. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? sharedMemory(SETTINGS.length * 4);
    this.#cells = new Int32Array(this.buffer);
    if (buffer === undefined) for (const name of SETTINGS) this.set(name, DEFAULTS[name]);
  }

  get(setting: Setting): number {
    return Atomics.load(this.#cells, INDEX.get(setting)!);
  }

  set(setting: Setting, value: number): void {
    Atomics.store(this.#cells, INDEX.get(setting)!, value);
  }
}
