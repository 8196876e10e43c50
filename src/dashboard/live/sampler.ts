import type { DashboardExtras, DashboardFerry } from '../dashboard-host.js';
import type { LiveTick, MigrationState } from '../messages.js';
import { AutopilotWatch } from './autopilot-state.js';
import { Change, Changes } from './changes.js';
import { EventDigest } from './event-digest.js';
import { freeBytes, regionState } from './live-state.js';
import { WaitChanges } from './wait-changes.js';

/** The sources of a sampler beside the ferry. */
export interface Sampled extends DashboardExtras {
  readonly migrations: () => readonly MigrationState[];
}

/**
 * Reads a ferry, and reports what has changed since the last call. It exists only while a page is open, because the
 * ferry records its batches for that time.
 */
export class Sampler {
  readonly #ferry: DashboardFerry;
  readonly #sampled: Sampled;
  readonly #events: EventDigest;
  readonly #stats = new Changes<number>();
  readonly #waits: WaitChanges | undefined;
  readonly #nodes: Change<readonly (readonly [number, number])[]>;
  readonly #active: Change<string | null>;
  readonly #regions: Change<LiveTick['regions']>;
  readonly #migrations: Change<readonly MigrationState[]>;
  readonly #autopilots: Change<LiveTick['autopilots']>;
  readonly #watchedAutopilots: AutopilotWatch;
  readonly #bench: Change<LiveTick['bench'] | null>;
  readonly #running: Change<boolean | undefined>;
  readonly #unwatch: () => void;
  #parameters: Record<string, string> | undefined;
  readonly #began = performance.now();
  #last = this.#began;

  constructor(ferry: DashboardFerry, sampled: Sampled) {
    this.#ferry = ferry;
    this.#sampled = sampled;
    this.#events = new EventDigest(ferry.watchEvents());
    this.#stats.take(ferry.stats());
    this.#waits = sampled.program === undefined ? undefined : new WaitChanges(sampled.program);
    this.#nodes = new Change(this.#nodesNow());
    this.#active = new Change(ferry.activeMigrator ?? null);
    this.#regions = new Change<LiveTick['regions']>(ferry.regions.map(regionState));
    this.#migrations = new Change(sampled.migrations());
    this.#watchedAutopilots = new AutopilotWatch(ferry, this.#began);
    this.#autopilots = new Change<LiveTick['autopilots']>(this.#watchedAutopilots.at(this.#began));
    // The first tick reports the bench, because the state does not contain it.
    this.#bench = new Change<LiveTick['bench'] | null>(null);
    this.#running = new Change(sampled.program?.running);
    this.#unwatch = ferry.parameters.watch('/', (path, value) => {
      this.#parameters = { ...this.#parameters, [path]: value };
    });
  }

  tick(): LiveTick {
    const now = performance.now();
    const { moved, timeline } = this.#events.take();
    const { bench, program } = this.#sampled;
    const tick = {
      at: Math.round(now - this.#began),
      ms: Math.round((now - this.#last) * 10) / 10,
      moved,
      timeline,
      stats: this.#stats.take(this.#ferry.stats()),
      nodes: this.#nodes.take(this.#nodesNow()),
      activeMigrator: this.#active.take(this.#ferry.activeMigrator ?? null),
      parameters: this.#parameters,
      regions: this.#regions.take(this.#ferry.regions.map(regionState)),
      migrations: this.#migrations.take(this.#sampled.migrations()),
      waits: this.#waits?.take(),
      running: this.#running.take(program?.running),
      autopilots: this.#autopilots.take(this.#watchedAutopilots.at(now)),
      bench: this.#bench.take(bench?.state ?? null) ?? undefined,
    };
    this.#parameters = undefined;
    this.#last = now;
    // JSON omits undefined fields, and the tick is only used as JSON.
    return tick as LiveTick;
  }

  close(): void {
    this.#unwatch();
    this.#events.close();
  }

  #nodesNow(): readonly (readonly [number, number])[] {
    return this.#ferry.nodes.map(({ bytesPooled, bytesFree }) => [bytesPooled, freeBytes(bytesFree)]);
  }
}
