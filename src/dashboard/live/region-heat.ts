import { PMD_SIZE } from '../../common/page.js';
import type { WatchedHeat } from '../../ferry/heat.js';
import type { Region } from '../../ferry/region.js';
import { refusalOf } from '../../parameters/socket/parameter-requests.js';
import type { DashboardFerry } from '../dashboard-host.js';
import type { HeatEndMessage } from '../messages.js';
import { regionOf } from '../region-of.js';
import { heatMessage } from './heat-message.js';
import { serverEvent } from './server-event.js';

/** Units of a snapshot, at most, as far as the largest unit allows. A map has a row for each. */
const MAX_UNITS = 128;
/** 1 GiB, the largest unit of `region.heat`. */
const MAX_UNIT_BYTES = 2 ** 30;

/** Receives an event of a region as text. */
export type HeatViewer = (event: string) => void;

interface Watch {
  readonly viewers: Set<HeatViewer>;
  readonly end: AbortController;
  /** The last event, for viewers that come later. */
  last: string | undefined;
}

/**
 * Watches the heat of regions for the viewers of the page. All viewers of a region share one watch. It begins with the
 * first, and ends with the last. Without viewers nothing is watched.
 */
export class RegionHeat {
  readonly #ferry: Pick<DashboardFerry, 'regions'>;
  readonly #watches = new Map<number, Watch>();

  constructor(ferry: Pick<DashboardFerry, 'regions'>) {
    this.#ferry = ferry;
  }

  /**
   * Adds a viewer of a region. Returns the function that removes it. A viewer that still watches when the watch ends gets a
   * `heatEnd`.
   * @throws MigrationError ENOENT for an unknown region, and as `region.heat` does
   */
  join(id: number, viewer: HeatViewer): () => void {
    const watch = this.#watches.get(id) ?? this.#start(regionOf(this.#ferry, id, 'watch heat'));
    watch.viewers.add(viewer);
    if (watch.last !== undefined) viewer(watch.last);
    return () => {
      watch.viewers.delete(viewer);
      if (watch.viewers.size === 0) this.#end(id, watch);
    };
  }

  close(): void {
    for (const [id, watch] of this.#watches) this.#end(id, watch);
  }

  #start(region: Region): Watch {
    const watch: Watch = { viewers: new Set(), end: new AbortController(), last: undefined };
    // Bad memory is refused here, before there is a watch.
    const first = heatOf(region, watch.end.signal);
    this.#watches.set(region.id, watch);
    void this.#follow(region, watch, first).then(
      () => this.#over(region.id, watch, { region: region.id, reason: 'released', problem: null }),
      (error: unknown) =>
        this.#over(region.id, watch, { region: region.id, reason: 'failed', problem: refusalOf(error) }),
    );
    return watch;
  }

  /** Sends results to the viewers until the region is released, or nobody watches any more. */
  async #follow(region: Region, watch: Watch, first: UnitHeat): Promise<void> {
    const { signal } = watch.end;
    for (let heat = first; ; heat = heatOf(region, signal)) {
      for await (const watched of heat.results) {
        if (signal.aborted) return;
        watch.last = serverEvent('heat', heatMessage(region.id, watched));
        for (const viewer of watch.viewers) viewer(watch.last);
        // The memory has grown.
        if (unitOf(watched.snapshot.bytes) !== heat.unitBytes) break;
      }
      if (signal.aborted || region.released) return;
    }
  }

  /** A watch that ended by itself. */
  #over(id: number, watch: Watch, message: HeatEndMessage): void {
    if (watch.end.signal.aborted) return;
    const event = serverEvent('heatEnd', message);
    for (const viewer of watch.viewers) viewer(event);
    this.#end(id, watch);
  }

  #end(id: number, watch: Watch): void {
    watch.viewers.clear();
    watch.end.abort();
    if (this.#watches.get(id) === watch) this.#watches.delete(id);
  }
}

interface UnitHeat {
  readonly unitBytes: number;
  readonly results: AsyncIterable<WatchedHeat>;
}

function heatOf(region: Region, signal: AbortSignal): UnitHeat {
  const unitBytes = unitOf(region.migratableBytes);
  return { unitBytes, results: region.heat({ unitBytes, signal }) };
}

/** Bytes of a unit of so much memory. Units below 2 MiB are not watched, so they would look finer than they are. */
function unitOf(bytes: number): number {
  let unitBytes = PMD_SIZE;
  while (bytes > MAX_UNITS * unitBytes && unitBytes < MAX_UNIT_BYTES) unitBytes *= 2;
  return unitBytes;
}
