import { HintSource } from '../../access/hint.js';
import { AccessMonitor } from '../../access/monitor.js';
import { MigrationError } from '../../common/migration-error.js';
import { PAGE_SIZE } from '../../common/page.js';
import type { Engine } from '../../engine/engine.js';
import { HeatRecords } from '../../heat/heat-records.js';
import { takeSnapshot } from '../../heat/take-snapshot.js';
import type { LiveMachine } from '../../mm/ports/live-machine.js';
import type { HeatPlan, WatchedHeat } from '../heat.js';

/** A growing region may get so large: 1 TiB. */
const MAX_PAGES = 2 ** 40 / PAGE_SIZE;
/** Milliseconds between two bursts, at least. */
const MIN_PAUSE_MS = 1;

/** The monitors of a ferry's regions. */
export class HeatWatches {
  readonly #machine: LiveMachine;
  readonly #engine: Engine;
  readonly #batchPages: number;
  /** Called when bursts are queued, so that the thread works. */
  readonly #start: <T>(result: Promise<T>) => Promise<T>;
  readonly #monitors = new Map<number, { readonly plan: HeatPlan; readonly monitor: AccessMonitor }>();

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
   * Watches a region for a time, within the budget. Resolves to what is known of it then.
   * @throws MigrationError EOPNOTSUPP without a reader for page faults, EINVAL for a region that is not attached, ECANCELED
   * when it is released
   */
  async watch(plan: HeatPlan): Promise<WatchedHeat> {
    const monitor = this.#monitor(plan);
    const end = this.#machine.now() + plan.intervalMs * 1e6;
    for (;;) {
      const pauseNs = await this.#start(this.#engine.observe(plan.region, monitor));
      const left = end - this.#machine.now();
      const pauseMs = Math.max(MIN_PAUSE_MS, pauseNs / 1e6);
      if (pauseMs * 1e6 >= left) {
        await pause(left / 1e6);
        break;
      }
      await pause(pauseMs);
    }
    const { records, source } = monitor;
    const atNs = this.#machine.now();
    records.adapt(atNs);
    const snapshot = takeSnapshot(records, {
      unitBytes: plan.unitBytes,
      atNs,
      source: source.name,
      sees: source.sees,
    });
    return { snapshot, cost: source.cost };
  }

  /** Called when a region is released. */
  forget(region: number): void {
    this.#monitors.delete(region);
  }

  #monitor(plan: HeatPlan): AccessMonitor {
    const { region, cpuShare, stallShare, halfLifeMs, minUnitPages } = plan;
    const known = this.#monitors.get(region);
    if (known !== undefined && isSame(known.plan, plan)) return known.monitor;
    const port = this.#machine.touches;
    if (port === undefined) {
      throw new MigrationError('EOPNOTSUPP', 'this host has no thread that reads page faults', {
        operation: 'heat',
        advice: '`pageferry doctor` says why.',
      });
    }
    const source = new HintSource(this.#machine, port, this.#batchPages);
    const { pages } = plan;
    const records = new HeatRecords({
      pages,
      maxPages: Math.max(pages, MAX_PAGES),
      halfLifeMs,
      minUnitPages,
    });
    const monitor = new AccessMonitor(this.#machine, source, records, { cpuShare, stallShare });
    this.#monitors.set(region, { plan, monitor });
    return monitor;
  }
}

/** Whether two plans can share their records. */
function isSame(a: HeatPlan, b: HeatPlan): boolean {
  return (
    a.cpuShare === b.cpuShare &&
    a.stallShare === b.stallShare &&
    a.halfLifeMs === b.halfLifeMs &&
    a.minUnitPages === b.minUnitPages
  );
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}
