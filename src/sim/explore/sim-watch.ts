import { EpochMonitor } from '../../access/epochs.js';
import { HintSource } from '../../access/hint.js';
import { InPlaceSource } from '../../access/in-place.js';
import { AccessMonitor } from '../../access/monitor.js';
import { PAGE_SIZE } from '../../common/page.js';
import type { Engine } from '../../engine/engine.js';
import { HeatRecords } from '../../heat/heat-records.js';
import type { HeatSnapshot } from '../../heat/heat-snapshot.js';
import { takeSnapshot } from '../../heat/take-snapshot.js';
import type { SimLiveMachine } from '../machine/sim-live-machine.js';

const BATCH_PAGES = 4;
/** Pages of a unit in place. */
const UNIT_PAGES = 4;
/** The budget does not matter: the scenario decides when to watch. */
const BUDGET = { cpuShare: 1, stallShare: 1 } as const;
/** Regions of scenarios may grow so far. */
const MAX_PAGES = 2 ** 40 / PAGE_SIZE;

/** Watches a region of a ferry by both kinds of access sources. */
export class SimWatch {
  readonly #machine: SimLiveMachine;
  readonly #engine: Engine;
  readonly #region: number;
  readonly #records: HeatRecords;
  readonly #bursts: AccessMonitor;
  readonly #epochs: EpochMonitor;
  /** The region's memory, how often it was registered, and whether it was, when the epoch began. */
  #begun: { readonly space: number; readonly times: number; readonly registered: boolean } | undefined;

  constructor(machine: SimLiveMachine, engine: Engine, region: number) {
    this.#machine = machine;
    this.#engine = engine;
    this.#region = region;
    const { pages } = machine.space(engine.spaceOf(region));
    const records = new HeatRecords({ pages, maxPages: MAX_PAGES });
    this.#records = records;
    this.#bursts = new AccessMonitor(machine, this.newSource(machine), records, BUDGET);
    const marks = new InPlaceSource('referenced', machine.marks('referenced'), machine.cpuClock);
    this.#epochs = new EpochMonitor(machine, marks, records, BUDGET.cpuShare, UNIT_PAGES);
  }

  /** explore overrides it with a broken one. */
  protected newSource(machine: SimLiveMachine): HintSource {
    return new HintSource(machine, machine.touches, BATCH_PAGES);
  }

  /** The heat that both sources have seen. */
  snapshot(unitBytes: number): HeatSnapshot {
    const { name, sees } = this.#epochs.source;
    // The clock of observations begins above 0.
    const atNs = Math.max(1, this.#machine.now());
    return takeSnapshot(this.#records, { unitBytes, atNs, source: name, sees });
  }

  /** Some bursts of the source that unmaps units. */
  burst(): Promise<unknown> {
    return this.#engine.observe(this.#region, this.#bursts);
  }

  /** Begins an epoch of the source in place. */
  begin(): void {
    const space = this.#engine.spaceOf(this.#region);
    this.#epochs.begin(space);
    const { begun: times, registered } = this.#machine.space(space);
    this.#begun = { space, times, registered };
  }

  /** Ends it. Returns the units that were reported although the region was migrated, or replaced, within the epoch. */
  end(): number {
    const space = this.#engine.spaceOf(this.#region);
    const before = this.#epochs.source.cost.units;
    this.#epochs.end(space);
    const begun = this.#begun;
    const still = begun?.space === space && begun.times === this.#machine.space(space).begun;
    return still && !begun.registered ? 0 : this.#epochs.source.cost.units - before;
  }
}
