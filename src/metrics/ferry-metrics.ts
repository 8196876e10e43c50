import { type Metric, Registry } from 'prom-client';
import type { Ferry } from '../ferry/ferry.js';
import { autopilotCounters } from './autopilot-counters.js';
import { PhaseHistogram } from './phase-histogram.js';
import { statCounters } from './stat-counters.js';
import { stateGauges } from './state-gauges.js';

/** The parts of a ferry that the metrics read. */
export type MeasuredFerry = Pick<Ferry, 'activeMigrator' | 'events' | 'nodes' | 'parameters' | 'stats'>;

/** The metrics of a ferry, without a registry. docs/counters.md lists the names. */
export class MetricSet {
  readonly metrics: readonly Metric[];
  readonly #phases: PhaseHistogram;

  /** Starts the recording of the ferry's batches (`Ferry.events`) for the histogram of their phases. */
  constructor(ferry: MeasuredFerry) {
    this.#phases = new PhaseHistogram(ferry);
    this.metrics = [
      ...statCounters(ferry),
      ...stateGauges(ferry),
      ...autopilotCounters(ferry),
      ...this.#phases.metrics,
    ];
  }

  /** Ends the recording. Closing twice does no harm. */
  close(): void {
    this.#phases.close();
  }
}

/** The metrics of a ferry in a registry of their own. */
export class FerryMetrics {
  readonly #registry = new Registry();
  readonly #set: MetricSet;

  constructor(ferry: MeasuredFerry) {
    this.#set = new MetricSet(ferry);
    for (const metric of this.#set.metrics) this.#registry.registerMetric(metric);
  }

  /** The `Content-Type` header for `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics now, in Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Ends the recording. Closing twice does no harm. */
  close(): void {
    this.#set.close();
  }
}
