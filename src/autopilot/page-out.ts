import { PAGE_SIZE, PMD_SIZE } from '../common/page.js';
import type { Ferry } from '../ferry/ferry.js';
import { NO_NODE } from '../policy/policy.js';
import { swapOf } from './host-state.js';
import type { Ledger } from './ledger.js';
import { bytesOfRun, runsOf, type UnitRun } from './managed-region.js';
import type { Mover } from './mover.js';
import { type Epoch, MOST_UNITS } from './placement.js';
import { forbids, type Units } from './units.js';

/** The time without an access after which memory is cold, at first. */
const FIRST_COLD_MS = 60_000;
const MAX_COLD_MS = 3_600_000;
/** Observations of a unit before it may count as cold. */
const SURE = 2;

const ACTUATOR = 'pageOut';

/** The actuator of swap: memory that was not accessed for a time is paged out. */
export class PageOut {
  readonly #ferry: Ferry;
  readonly #ledger: Ledger;
  readonly #learns: boolean;
  #coldMs: number;

  /** @param coldMs Undefined: it is learnt. */
  constructor(ferry: Ferry, coldMs: number | undefined, ledger: Ledger) {
    this.#ferry = ferry;
    this.#ledger = ledger;
    this.#learns = coldMs === undefined;
    this.#coldMs = coldMs ?? FIRST_COLD_MS;
  }

  /** Milliseconds without an access after which memory is cold. */
  get coldMs(): number {
    return this.#coldMs;
  }

  async act(epoch: Epoch, units: Units, mover: Mover, order: readonly number[]): Promise<void> {
    this.#learn(epoch, units);
    // Swap may have come, gone, or filled since.
    if (swapOf() === 'none') return;
    const { all } = units;
    const { now } = epoch;
    const isCold = (place: number): boolean => {
      if (all.where[place] === NO_NODE || all.locked[place] !== 0 || all.stayUntil[place]! > now)
        return false;
      return all.observations[place]! >= SURE && now - all.usedAt[place]! >= this.#coldMs;
    };
    for (const region of epoch.managed.values()) {
      const advised = (place: number): boolean => forbids(all.advice[place]!).slower;
      const kept = runsOf(region, MOST_UNITS, (place) => isCold(place) && advised(place));
      for (const run of kept) this.#keep(run, units, now);
      for (const run of runsOf(region, MOST_UNITS, (place) => isCold(place) && !advised(place))) {
        if (epoch.stopping()) return;
        await this.#pageOut(run, units, mover, order, now);
      }
    }
  }

  /** The program says that it uses the memory soon. It is counted once in `coldMs`. */
  #keep(run: UnitRun, units: Units, now: number): void {
    this.#ledger.refused(ACTUATOR, 'advice', run.length, run.length * PMD_SIZE);
    units.all.stayUntil.fill(now + this.#coldMs, run.place, run.place + run.length);
  }

  async #pageOut(
    run: UnitRun,
    units: Units,
    mover: Mover,
    order: readonly number[],
    now: number,
  ): Promise<void> {
    const { region } = run.managed;
    const range = bytesOfRun(run);
    if (range === undefined || region.released) return;
    const { all } = units;
    const from = this.#ferry.nodeIds[order[all.where[run.place]!]!]!;
    try {
      const before = await presentBytes(region, range);
      await region.pageOut(range.offset, range.length);
      const bytes = before - (await presentBytes(region, range));
      if (bytes > 0) {
        this.#ledger.moved({
          actuator: ACTUATOR,
          policy: ACTUATOR,
          reason: null,
          from,
          to: null,
          calls: 1,
          bytes,
        });
        all.pagedAt.fill(now, run.place, run.place + run.length);
      }
      // Pages that stayed, because the kernel could not write them, are not tried again at once.
      all.stayUntil.fill(now + this.#coldMs, run.place, run.place + run.length);
    } catch (error) {
      mover.refuse(run, ACTUATOR, error, now);
    }
  }

  /** Memory that is used again soon after it was paged out was not cold. */
  #learn({ now }: Epoch, units: Units): void {
    const { pagedAt, usedAt, age } = units.all;
    let wrong = false;
    for (let place = 0; place < units.length; place++) {
      const paged = pagedAt[place]!;
      if (Number.isNaN(paged) || Number.isNaN(age[place]!) || !(usedAt[place]! > paged)) continue;
      pagedAt[place] = Number.NaN;
      wrong ||= now - paged < this.#coldMs;
    }
    if (wrong && this.#learns) this.#coldMs = Math.min(MAX_COLD_MS, 2 * this.#coldMs);
  }
}

/** Bytes of a range that are in memory. */
async function presentBytes(
  region: UnitRun['managed']['region'],
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<number> {
  const pages = Float64Array.from({ length: length / PAGE_SIZE }, (_, i) => offset + i * PAGE_SIZE);
  const nodes = await region.movePages(pages, null);
  return nodes.reduce((sum, node) => sum + (node >= 0 ? PAGE_SIZE : 0), 0);
}
