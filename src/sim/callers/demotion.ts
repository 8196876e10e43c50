import { readOptions } from '../../common/check-options.js';
import { FolioList } from '../../mm/pipeline/folio-list.js';
import { MigrateStats } from '../../mm/stats.js';
import type { AddressSpace } from '../machine/address-space.js';
import type { Simulation } from '../simulation.js';

/**
 * Pages that reclaim takes off the inactive list at once (SWAP_CLUSTER_MAX, include/linux/swap.h).
 * @see {@link Demotion} for an example
 */
export const SWAP_CLUSTER_MAX = 32;

/** @see {@link Demotion} for an example */
export interface DemotionOptions {
  /** The address space whose pages are demoted. */
  readonly space: AddressSpace;
  /** The node that they move from. */
  readonly from: number;
  /** The slower node. */
  readonly to: number;
  /** Base pages of a batch, SWAP_CLUSTER_MAX by default. */
  readonly batch?: number;
}

const OPTIONS = ['space', 'from', 'to', 'batch'] as const;

/**
 * Demotion (demote_folio_list, mm/vmscan.c). Pages of a node that were not touched since the last check move to a slower
 * node. A page that was touched gets a second chance. Reason `demotion`, mode `async`.
 *
 * @example
 * ```ts
 * // For `profile`, see readProfile.
 * import { Demotion, fragment, Simulation } from 'pageferry/sim';
 *
 * const sim = new Simulation({ profile, nodePages: [16_384, 16_384] });
 * const space = fragment(sim, 0);
 * const demotion = new Demotion(sim, { space, from: 0, to: 1 });
 * console.log(demotion.reclaim(64), demotion.stats.toObject().pgmigrate_success);
 * ```
 */
export class Demotion {
  /** The counters of its migrations. */
  readonly stats = new MigrateStats();
  readonly #sim: Simulation;
  readonly #options: DemotionOptions;
  readonly #list = new FolioList();
  /** The hand of the clock: the next page to check. */
  #hand = 0;

  /** Demotes pages of one address space of a simulation. */
  constructor(sim: Simulation, options: DemotionOptions) {
    readOptions('Demotion', options, OPTIONS, 'unknown option', 'options');
    this.#sim = sim;
    this.#options = options;
  }

  /** Checks every page at most twice, until `pages` base pages were demoted. Returns the number of demoted pages. */
  reclaim(pages: number): number {
    const { space, batch = SWAP_CLUSTER_MAX } = this.#options;
    const before = this.stats.get('nr_succeeded');
    const goal = before + pages;
    for (let looked = 0; looked < 2 * space.pages && this.stats.get('nr_succeeded') < goal; looked++) {
      if (this.#isCold(this.#hand)) this.#list.push(this.#hand, 0);
      this.#hand = (this.#hand + 1) % space.pages;
      const missing = goal - this.stats.get('nr_succeeded');
      if (this.#list.length >= Math.min(batch, missing)) this.#demote();
    }
    this.#demote();
    return this.stats.get('nr_succeeded') - before;
  }

  #isCold(page: number): boolean {
    const { space, from } = this.#options;
    const frame = space.table[page]!;
    if (frame < 0 || this.#sim.memory.nodeOf(frame) !== from) return false;
    if (space.accessed[page] === 0) return true;
    space.accessed[page] = 0;
    // Without the flush, a thread with a translation would touch the page unnoticed.
    for (const tlb of space.tlbs) tlb.forget(page, 1);
    return false;
  }

  #demote(): void {
    if (this.#list.length === 0) return;
    const { space, to, batch = SWAP_CLUSTER_MAX } = this.#options;
    this.#sim.migrate(
      {
        space: space.id,
        target: to,
        reason: 'demotion',
        mode: 'async',
        batchPages: batch,
        stats: this.stats,
        partOfCall: true,
      },
      this.#list,
    );
    this.#list.clear();
  }
}
