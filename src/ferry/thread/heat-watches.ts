import { EpochMonitor } from '../../access/epochs.js';
import { HintSource } from '../../access/hint.js';
import { InPlaceSource } from '../../access/in-place.js';
import { AccessMonitor } from '../../access/monitor.js';
import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import type { Engine } from '../../engine/engine.js';
import { AdviceRecords } from '../../heat/advice.js';
import { HeatRecords } from '../../heat/heat-records.js';
import { takeSnapshot } from '../../heat/take-snapshot.js';
import { workingSets } from '../../heat/working-set.js';
import type { InPlaceSourceName } from '../../mm/ports/access-port.js';
import type { LiveMachine } from '../../mm/ports/live-machine.js';
import type { HeatPlan, HeatSourceName, WatchedHeat } from '../heat.js';

/** A growing region may get so large: 1 TiB. */
const MAX_PAGES = 2 ** 40 / PAGE_SIZE;
/** Nanoseconds between two looks, at least, and until the next one at a region that is being migrated. */
const MIN_PAUSE_NS = 1_000_000;
const BUSY_PAUSE_NS = 20_000_000;
/** A result waits so long for its look, however short the interval is. */
const FIRST_LOOK_NS = 600_000_000;
/** Milliseconds after which a watch notices that its caller has ended it. */
const STOP_MS = 50;

/** `referenced` counts pages and stops no thread. Other sources in place need a privilege, or see writes only. */
const AUTOMATIC = ['referenced', 'hint'] as const;

/** The monitors of a ferry's regions. */
export class HeatWatches {
  readonly #machine: LiveMachine;
  readonly #engine: Engine;
  readonly #batchPages: number;
  /** Called when bursts are queued, so that the thread works. */
  readonly #start: <T>(result: Promise<T>) => Promise<T>;
  readonly #watches = new Map<number, Watch[]>();
  /** The program's advice on regions, watched or not. */
  readonly #advice = new Map<number, AdviceRecords>();
  /** The last epoch. The marks are those of the whole process, so there is one epoch at a time. */
  #epoch: Promise<unknown> = Promise.resolve();

  constructor(
    machine: LiveMachine,
    engine: Engine,
    batchPages: number,
    start: <T>(result: Promise<T>) => Promise<T>,
  ) {
    this.#machine = machine;
    this.#engine = engine;
    this.#batchPages = batchPages;
    this.#start = start;
  }

  /**
   * Watches a region for a time, within the budget. Resolves to what is known of it then, or to
   * undefined if nobody needs that any more.
   * @throws MigrationError EOPNOTSUPP if the host does not have the source, EINVAL for a region that is not attached,
   * ECANCELED when it is released
   */
  async watch(plan: HeatPlan): Promise<WatchedHeat | undefined> {
    const watch = this.#watch(plan);
    const stop = new Int32Array(plan.stop);
    const started = this.#machine.now();
    const end = started + plan.intervalMs * 1e6;
    // The last look of an earlier call may have to be paid for, too.
    while (watch.restsUntil < end) {
      await pause(watch.restsUntil - this.#machine.now(), stop);
      if (Atomics.load(stop, 0) !== 0) break;
      // Several callers share a look, which the budget allows once.
      watch.looking ??= this.#look(watch);
      // Epochs of many regions take turns. A result is not late for that.
      const left = Math.max(end, started + FIRST_LOOK_NS) - this.#machine.now();
      if (!(await pause(left, stop, watch.looking))) break;
    }
    await pause(end - this.#machine.now(), stop);
    if (Atomics.load(stop, 0) !== 0) return undefined;
    const { records, source } = watch.monitor;
    const atNs = this.#machine.now();
    records.adapt(atNs);
    const snapshot = takeSnapshot(records, {
      unitBytes: plan.unitBytes,
      atNs,
      source: source.name,
      sees: source.sees,
    });
    return {
      snapshot,
      workingSets: workingSets(records, atNs),
      watchedNs: watch.monitor.watchedNs,
      cost: source.cost,
    };
  }

  async #look(watch: Watch): Promise<void> {
    try {
      const rest = Math.max(MIN_PAUSE_NS, await watch.look());
      watch.restsUntil = this.#machine.now() + rest;
    } finally {
      watch.looking = undefined;
    }
  }

  /** The program says something of pages of a region. */
  advise(region: number, from: number, to: number, advice: number): void {
    this.#adviceOf(region).set(from, to, advice);
  }

  /** Called when a region is released. */
  forget(region: number): void {
    this.#watches.delete(region);
    this.#advice.delete(region);
  }

  #adviceOf(region: number): AdviceRecords {
    let advice = this.#advice.get(region);
    if (advice === undefined) {
      advice = new AdviceRecords();
      this.#advice.set(region, advice);
    }
    return advice;
  }

  #watch(plan: HeatPlan): Watch {
    const { region, pages, halfLifeMs, minUnitPages } = plan;
    const watches = this.#watches.get(region) ?? [];
    const known = watches.find((watch) => isSame(watch.plan, plan));
    if (known !== undefined) return known;
    const name = plan.source === 'auto' ? this.#best() : plan.source;
    const records = new HeatRecords({
      pages,
      maxPages: Math.max(pages, MAX_PAGES),
      halfLifeMs,
      minUnitPages,
      advice: this.#adviceOf(region),
    });
    const watch = name === 'hint' ? this.#bursts(plan, records) : this.#epochs(plan, name, records);
    this.#watches.set(region, [...watches, watch]);
    return watch;
  }

  /** The first source that the host has. Without any, `hint` says why. */
  #best(): Exclude<HeatSourceName, 'auto'> {
    return AUTOMATIC.find((name) => this.#machine.accessSource(name).problem === undefined) ?? 'hint';
  }

  #bursts(plan: HeatPlan, records: HeatRecords): Watch {
    const port = this.#machine.touches;
    if (port === undefined) {
      throw new MigrationError('EOPNOTSUPP', 'this host has no thread that reads page faults', {
        operation: 'heat',
        advice: '`pageferry doctor` says why.',
      });
    }
    const source = new HintSource(this.#machine, port, this.#batchPages);
    const { cpuShare, stallShare } = plan;
    const monitor = new AccessMonitor(this.#machine, source, records, { cpuShare, stallShare });
    const look = () => this.#start(this.#engine.observe(plan.region, monitor));
    return { plan, monitor, look, looking: undefined, restsUntil: 0 };
  }

  #epochs(plan: HeatPlan, name: InPlaceSourceName, records: HeatRecords): Watch {
    const { region, cpuShare, minUnitPages } = plan;
    const source = new InPlaceSource(name, this.#machine.marks(name), this.#machine.cpuClock);
    const monitor = new EpochMonitor(this.#machine, source, records, cpuShare, minUnitPages);
    const epoch = async () => {
      const windowNs = monitor.begin(this.#engine.spaceOf(region));
      if (windowNs === 0) return BUSY_PAUSE_NS;
      await pause(windowNs);
      await monitor.settle();
      // This throws if the region was released. The machine has ended the watch then.
      return monitor.end(this.#engine.spaceOf(region));
    };
    const look = () => {
      const looked = this.#epoch.then(epoch);
      this.#epoch = looked.catch(() => undefined);
      return looked;
    };
    return { plan, monitor, look, looking: undefined, restsUntil: 0 };
  }
}

/** The monitor of a region. */
interface Watch {
  readonly plan: HeatPlan;
  readonly monitor: AccessMonitor | EpochMonitor;
  /** Looks once. Resolves to the nanoseconds for which the budget wants no other look. */
  look(): Promise<number>;
  /** The look in progress. */
  looking: Promise<void> | undefined;
  /** When the budget allows the next look, on the machine's clock. */
  restsUntil: number;
}

/** Whether two plans can share their records. */
function isSame(a: HeatPlan, b: HeatPlan): boolean {
  return (
    a.source === b.source &&
    a.cpuShare === b.cpuShare &&
    a.stallShare === b.stallShare &&
    a.halfLifeMs === b.halfLifeMs &&
    a.minUnitPages === b.minUnitPages
  );
}

/** Waits, but not much longer than until `stop` is set, and not longer than for `look`. Returns whether the look is over. */
async function pause(nanoseconds: number, stop?: Int32Array, look?: Promise<void>): Promise<boolean> {
  const end = performance.now() + nanoseconds / 1e6;
  const over = look?.then(() => true);
  // If nobody waits any more, the next result reports the error.
  over?.catch(() => undefined);
  for (;;) {
    const left = Math.max(0, end - performance.now());
    const step = stop === undefined ? left : Math.min(left, STOP_MS);
    const slept = new Promise<boolean>((resolve) => setTimeout(resolve, step, false));
    if (await (over === undefined ? slept : Promise.race([over, slept]))) return true;
    if (step === left || (stop !== undefined && Atomics.load(stop, 0) !== 0)) return false;
  }
}
