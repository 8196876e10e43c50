import { readOptions } from '../../common/check-options.js';
import { MAX_ORDER, PMD_PAGES } from '../../common/page.js';
import type { MigrateMode } from '../../mm/mode.js';
import { FolioList } from '../../mm/pipeline/folio-list.js';
import { MigrateStats } from '../../mm/stats.js';
import { FRAME_MAPPED } from '../hardware/physical-memory.js';
import type { Simulation } from '../simulation.js';
import { FreeScanner } from './free-scanner.js';

/**
 * Base pages that the kernel's compaction migrates at once (COMPACT_CLUSTER_MAX, include/linux/swap.h).
 * @see {@link ZoneCompactor} for an example
 */
export const COMPACT_CLUSTER_MAX = 32;

/**
 * Options of {@link ZoneCompactor}.
 * @see {@link ZoneCompactor} for an example
 */
export interface CompactorOptions {
  /** The node whose memory is compacted. */
  readonly node: number;
  /** Base pages of a batch: 1 to 2^20; COMPACT_CLUSTER_MAX by default. */
  readonly cluster?: number;
  /**
   * How hard to try.
   * @defaultValue `sync_light`
   */
  readonly mode?: MigrateMode;
}

/** Frame numbers or counts, one for each scanner. */
export interface ScannerFrames {
  /** Frames of the migrate scanner, which starts at the beginning of the zone. */
  readonly migrate: number;
  /** Frames of the free scanner, which starts at its end. */
  readonly free: number;
}

const OPTIONS = ['node', 'cluster', 'mode'] as const;

/**
 * Makes 2 MiB blocks out of a fragmented zone (mm/compaction.c). The migrate scanner takes mapped pages from the beginning of
 * the zone. The free scanner finds places for them at its end. They stop when they meet. Reason `compaction`.
 *
 * @example
 * ```ts
 * // For `profile`, see readProfile.
 * import { fragment, Simulation, ZoneCompactor } from 'pageferry/sim';
 *
 * const sim = new Simulation({ profile, nodePages: [16_384, 16_384] });
 * const space = fragment(sim, 0);
 * const compactor = new ZoneCompactor(sim, { node: 0, cluster: 32 });
 * console.log(space.pages, compactor.allocateHuge(), compactor.stats.toObject().pgmigrate_success);
 * compactor.close();
 * ```
 */
export class ZoneCompactor {
  /** The counters of its migrations. */
  readonly stats = new MigrateStats();
  readonly #sim: Simulation;
  readonly #mode: MigrateMode;
  readonly #cluster: number;
  readonly #node: number;
  readonly #free: FreeScanner;
  readonly #list: FolioList;
  /** The next frame of the migrate scanner. */
  #at: number;
  #scanned = 0;

  /** Compacts the memory of one node of a simulation. */
  constructor(sim: Simulation, options: CompactorOptions) {
    readOptions('ZoneCompactor', options, OPTIONS, 'unknown option', 'options');
    const { node, cluster = COMPACT_CLUSTER_MAX, mode = 'sync_light' } = options;
    this.#sim = sim;
    this.#mode = mode;
    this.#node = node;
    this.#cluster = cluster;
    this.#free = new FreeScanner(sim, node, cluster);
    this.#list = new FolioList(cluster);
    this.#at = sim.memory.first[node]!;
  }

  /** Frames that each scanner has read (vmstat: compact_migrate_scanned, compact_free_scanned). */
  get scanned(): ScannerFrames {
    return { migrate: this.#scanned, free: this.#free.scanned };
  }

  /** The next frames of the scanners: of the one from the beginning, and of the one from the end. */
  get at(): ScannerFrames {
    return { migrate: this.#at, free: this.#free.at };
  }

  /** Compacts until there is a free 2 MiB block, and takes it. Returns its first frame, or -1 if the scanners have met. */
  allocateHuge(): number {
    const steps = this.allocateHugeInSteps();
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
    }
  }

  /** The same, one cluster in each step. */
  *allocateHugeInSteps(): Generator<void, number> {
    const { memory } = this.#sim;
    for (;;) {
      const frame = memory.take(this.#node, MAX_ORDER);
      if (frame >= 0) return frame;
      if (!this.#step()) return -1;
      yield;
    }
  }

  /** Compacts until the scanners meet. */
  compactAll(): void {
    while (this.#step()) {
      // Each step continues where the last one ended.
    }
  }

  /** Migrates one cluster, within one block. False when the scanners have met. */
  #step(): boolean {
    const sim = this.#sim;
    const { memory, processor, profile, machine } = sim;
    const list = this.#list;
    list.clear();
    const from = this.#at;
    const blockEnd = from - (from % PMD_PAGES) + PMD_PAGES;
    const end = Math.min(blockEnd, this.#free.at);
    let space = -1;
    while (this.#at < end && list.length < this.#cluster) {
      const frame = this.#at;
      if (memory.state[frame] === FRAME_MAPPED && memory.lru[frame] === 1) {
        if (space >= 0 && memory.space[frame] !== space) break;
        space = memory.space[frame]!;
        list.push(memory.page[frame]!, 0);
      }
      this.#at++;
    }
    this.#scanned += this.#at - from;
    processor.spend((this.#at - from) * profile.compaction.scanNs);
    if (list.length > 0) this.#migrate(space);
    if (this.#at < this.#free.at) return true;
    this.#free.release();
    machine.destinations = undefined;
    return false;
  }

  #migrate(space: number): void {
    const { machine } = this.#sim;
    // The frames before the migrate scanner are being freed.
    this.#free.floor = this.#at;
    machine.destinations = this.#free;
    try {
      this.#sim.migrate(
        {
          space,
          target: this.#node,
          reason: 'compaction',
          mode: this.#mode,
          batchPages: this.#cluster,
          stats: this.stats,
          partOfCall: true,
        },
        this.#list,
      );
    } finally {
      machine.destinations = undefined;
    }
  }

  /** Frees the pages that the free scanner holds. */
  close(): void {
    this.#free.release();
  }
}
