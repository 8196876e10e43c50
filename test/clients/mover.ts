import { type Ferry, MigrationError, openFerry, type Region, type WasmMemory } from '../../src/index.js';
import type { Heaps } from './heaps.js';
import { migrationOptions, type Way } from './ways.js';

const POOL_BYTES = 128 * 2 ** 20;

/** How hard a heap is migrated. */
interface Pace {
  /** Migrations of it that wait while the program's call keeps this thread from asking for more. */
  readonly queued: number;
  /** Milliseconds between a migration and the next. */
  readonly restMs: number;
}

const PACES = {
  /** For calls that keep the thread. */
  busy: { queued: 64, restMs: 0 },
  /** For programs that start: a database that is made anew would take minutes. */
  gentle: { queued: 1, restMs: 50 },
} as const;

/** What was moved, in all. */
export interface Moved {
  /** Migrations that have moved something. */
  migrations: number;
  /** Heaps that grew while they were being migrated. */
  grown: number;
  /** Bytes of all heaps of a call, where they were most. */
  heapBytes: number;
  /** Whether a heap is shared between threads. */
  shared: boolean;
  readonly failedFolios: Record<string, number>;
  /** What should not have happened. */
  readonly problems: string[];
}

interface Adopted {
  readonly region: Region;
  /** Bytes of the memory when it was adopted. */
  readonly bytes: number;
  asked: number;
}

/** Adopts the heaps of this thread for each call of the program, and migrates them to and fro until the call has returned. */
export class Mover {
  readonly moved: Moved = {
    migrations: 0,
    grown: 0,
    heapBytes: 0,
    shared: false,
    failedFolios: {},
    problems: [],
  };
  readonly #ferry: Ferry;
  readonly #heaps: Heaps;
  readonly #nodes: readonly [number, number];
  readonly #adopted = new Map<WasmMemory, Adopted>();
  readonly #pending = new Set<Promise<void>>();
  #way: Way | undefined;
  #pace: Pace = PACES.busy;

  private constructor(ferry: Ferry, heaps: Heaps) {
    this.#ferry = ferry;
    this.#heaps = heaps;
    this.#nodes = [ferry.nodes[0]!.id, ferry.nodes[1]!.id];
  }

  static async open(heaps: Heaps): Promise<Mover> {
    return new Mover(await openFerry({ poolBytes: POOL_BYTES, audit: true }), heaps);
  }

  get canWriteProtect(): boolean {
    return this.#ferry.capabilities.writeProtection;
  }

  get bytesMoved(): number {
    return this.#ferry.stats().bytes_moved;
  }

  get tablesMoved(): number {
    return this.#ferry.stats().tables_moved;
  }

  /** Starts to migrate every heap there is, and those that the call makes. */
  async begin(way: Way, pace: keyof typeof PACES): Promise<void> {
    this.#pace = PACES[pace];
    const { activeMigrator } = this.#ferry;
    if (activeMigrator !== way.migrator) {
      if (activeMigrator !== undefined) await this.#ferry.unregisterMigrator(activeMigrator);
      await this.#ferry.registerMigrator({ name: way.migrator });
    }
    this.#way = way;
    for (const memory of this.#heaps.live()) this.#adopt(memory);
    this.#heaps.listener = {
      made: (memory) => this.#adopt(memory),
      // What it has now is adopted with the next call, or at once where regions follow growth.
      grown: (memory) => this.#ask(memory),
    };
  }

  /** Stops in mid-migration, and gives the heaps back as ordinary memory. */
  async end(): Promise<void> {
    this.#way = undefined;
    this.#heaps.listener = undefined;
    this.#lookAtSizes();
    const adopted = [...this.#adopted.values()];
    this.#adopted.clear();
    await Promise.all(adopted.map(({ region }) => region.release()));
    await Promise.all(this.#pending);
  }

  async close(): Promise<void> {
    await this.#ferry.close();
  }

  #lookAtSizes(): void {
    let heapBytes = 0;
    for (const [{ buffer }, { bytes }] of this.#adopted) {
      heapBytes += buffer.byteLength;
      if (buffer.byteLength > bytes) this.moved.grown++;
      if (buffer instanceof SharedArrayBuffer) this.moved.shared = true;
    }
    this.moved.heapBytes = Math.max(this.moved.heapBytes, heapBytes);
  }

  #adopt(memory: WasmMemory): void {
    if (memory.buffer.byteLength === 0) return;
    const region = this.#ferry.adopt(memory, { folioSize: this.#way!.folioSize });
    this.#adopted.set(memory, { region, bytes: memory.buffer.byteLength, asked: 0 });
    this.#ask(memory);
  }

  #ask(memory: WasmMemory): void {
    for (let i = 0; i < this.#pace.queued; i++) this.#migrate(memory);
  }

  #migrate(memory: WasmMemory): void {
    const heap = this.#adopted.get(memory);
    const way = this.#way;
    if (heap === undefined || way === undefined) return;
    const moving = this.#migrateAndCount(heap.region, way, heap.asked++).then((done) => {
      this.#pending.delete(moving);
      if (done) this.#migrate(memory);
    });
    this.#pending.add(moving);
  }

  /** Resolves to whether to go on. */
  async #migrateAndCount(region: Region, way: Way, i: number): Promise<boolean> {
    try {
      const { bytesMoved, failures, code } = await region.migrate(migrationOptions(way, i, this.#nodes));
      if (bytesMoved > 0) this.moved.migrations++;
      if (code !== null) this.moved.problems.push(`a migration stopped with ${code}`);
      for (const { code, length } of failures) {
        this.moved.failedFolios[code] = (this.moved.failedFolios[code] ?? 0) + length / 4096;
      }
      if (this.#pace.restMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#pace.restMs));
      return true;
    } catch (error) {
      // What was under way when the call returned.
      const ended = error instanceof MigrationError && error.code === 'ECANCELED' && region.released;
      if (!ended) this.moved.problems.push(String(error));
      return false;
    }
  }
}
