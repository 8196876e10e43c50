import { readOptions } from '../../common/check-options.js';
import { FolioList } from '../../mm/pipeline/folio-list.js';
import { MigrateStats } from '../../mm/stats.js';
import type { AddressSpace } from '../machine/address-space.js';
import type { Simulation } from '../simulation.js';

/**
 * Options of {@link Promotion}.
 * @see {@link Promotion} for an example
 */
export interface PromotionOptions {
  /** The address space whose folios are promoted. */
  readonly space: AddressSpace;
  /** The node that they move to. */
  readonly to: number;
  /** Folios that are collected before they are migrated. By default 1, as in the kernel, which migrates in the fault. */
  readonly batch?: number;
}

const OPTIONS = ['space', 'to', 'batch'] as const;

/**
 * Promotion by NUMA hint faults (migrate_misplaced_folio, mm/migrate.c), in which a thread touches a folio on another node.
 * Reason `numa_misplaced`, mode `async`: folios are not split, and the thread does not wait for other users of a folio.
 *
 * @example
 * ```ts
 * // For `profile`, see readProfile.
 * import { fragment, Promotion, Simulation } from 'pageferry/sim';
 *
 * const sim = new Simulation({ profile, nodePages: [16_384, 16_384] });
 * const space = fragment(sim, 0);
 * const promotion = new Promotion(sim, { space, to: 1, batch: 8 });
 * for (let page = 0; page < 64; page++) promotion.fault(page);
 * promotion.flush();
 * console.log(promotion.stats.toObject().pgmigrate_success);
 * ```
 */
export class Promotion {
  /** The counters of its migrations. */
  readonly stats = new MigrateStats();
  readonly #sim: Simulation;
  readonly #options: PromotionOptions;
  readonly #list = new FolioList();

  /** Promotes folios of one address space of a simulation. */
  constructor(sim: Simulation, options: PromotionOptions) {
    readOptions('Promotion', options, OPTIONS, 'unknown option', 'options');
    this.#sim = sim;
    this.#options = options;
  }

  /** A hint fault at the folio of that order which begins at `page`. */
  fault(page: number, order = 0): void {
    const { space, to, batch = 1 } = this.#options;
    const frame = space.table[page]!;
    if (frame < 0 || this.#sim.memory.nodeOf(frame) === to) return;
    this.#list.push(page, order);
    if (this.#list.length >= batch) this.flush();
  }

  /** Migrates the collected folios. */
  flush(): void {
    if (this.#list.length === 0) return;
    const { space, to } = this.#options;
    this.#sim.migrate(
      {
        space: space.id,
        target: to,
        reason: 'numa_misplaced',
        mode: 'async',
        batchPages: Number.MAX_SAFE_INTEGER,
        stats: this.stats,
        partOfCall: true,
      },
      this.#list,
    );
    this.#list.clear();
  }
}
