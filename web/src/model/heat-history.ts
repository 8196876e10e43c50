import type { HeatCost, HeatEndMessage, HeatMessage } from '../../../src/dashboard/messages.js';
import type { HeatSnapshot } from '../../../src/heat/heat-snapshot.js';
import { HeatGrid } from '../../../src/heat/map/heat-grid.js';
import { snapshotOf } from '../../../src/heat/snapshot-json.js';
import type { WorkingSet } from '../../../src/heat/working-set.js';

/** Time that the map shows. */
const SHOWN_MS = 120_000;
/** A snapshot stands for the time since the one before, at most for this. What was not watched is unknown. */
const COVER_MS = 3000;
const COLUMN_MS = 1000;
/** Rows of the map: one for each unit, up to so many. */
const MAX_ROWS = 128;
/** Results over which the cost is a mean. */
const COST_RESULTS = 10;

interface Entry {
  readonly snapshot: HeatSnapshot;
  readonly sinceMs: number;
  readonly cost: HeatCost;
}

/** Shares of the time that a watch takes. */
export interface CostShares {
  /** Of one CPU. */
  readonly cpu: number;
  /** For which threads of the program waited, all together. */
  readonly stalled: number;
}

/** The heat of a region over the last minutes, as far as this page has watched it. */
export class HeatHistory {
  readonly region: number;
  /** Counts changes, for whoever draws. */
  version = 0;
  #entries: Entry[] = [];
  #workingSets: readonly WorkingSet[] = [];
  #end: HeatEndMessage | undefined;

  constructor(region: number) {
    this.region = region;
  }

  add({ snapshot: message, workingSets, cost }: HeatMessage): void {
    this.#end = undefined;
    const snapshot = snapshotOf(message);
    const before = this.#entries.at(-1)?.snapshot.atMs;
    // The last result of a watch is sent to each new viewer.
    if (before !== undefined && snapshot.atMs <= before) return;
    const since = before ?? snapshot.atMs - COLUMN_MS;
    this.#entries.push({ snapshot, sinceMs: Math.max(since, snapshot.atMs - COVER_MS), cost });
    const first = snapshot.atMs - SHOWN_MS;
    this.#entries = this.#entries.filter((each) => each.snapshot.atMs > first);
    this.#workingSets = workingSets;
    this.version++;
  }

  ended(message: HeatEndMessage): void {
    this.#end = message;
    this.version++;
  }

  get last(): HeatSnapshot | undefined {
    return this.#entries.at(-1)?.snapshot;
  }

  get workingSets(): readonly WorkingSet[] {
    return this.#workingSets;
  }

  /** Since the watch began. */
  get cost(): HeatCost | undefined {
    return this.#entries.at(-1)?.cost;
  }

  /** Why the watch has ended by itself, if it has. */
  get end(): HeatEndMessage | undefined {
    return this.#end;
  }

  /** Over the last results. Undefined until there are two of the same source. */
  get costShares(): CostShares | undefined {
    const entries = this.#entries.slice(-COST_RESULTS);
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined || first.snapshot.source !== last.snapshot.source)
      return undefined;
    const ns = (last.snapshot.atMs - first.snapshot.atMs) * 1e6;
    const share = (of: (cost: HeatCost) => number): number => (of(last.cost) - of(first.cost)) / ns;
    const shares = { cpu: share(({ cpuNs }) => cpuNs), stalled: share(({ stalledNs }) => stalledNs) };
    // A source that has begun anew has cost less than before.
    return ns > 0 && shares.cpu >= 0 && shares.stalled >= 0 ? shares : undefined;
  }

  /** The map. Undefined until there is a result. */
  grid(): HeatGrid | undefined {
    const [first, last] = [this.#entries[0], this.#entries.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const { offset, bytes, atMs: toMs, rate } = last.snapshot;
    const fromMs = Math.max(first.sinceMs, toMs - SHOWN_MS);
    const columns = Math.max(1, Math.round((toMs - fromMs) / COLUMN_MS));
    const rows = Math.min(MAX_ROWS, rate.length);
    const grid = new HeatGrid({ rows, columns, offset, bytes, fromMs, toMs });
    for (const { snapshot, sinceMs } of this.#entries) grid.add(snapshot, sinceMs);
    return grid;
  }
}
