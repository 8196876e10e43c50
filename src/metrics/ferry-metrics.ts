import { type Metric, Registry } from 'prom-client';
import type { Ferry } from '../ferry/ferry.js';
import { PhaseHistogram } from './phase-histogram.js';
import { statCounters } from './stat-counters.js';
import { stateGauges } from './state-gauges.js';

/** As much of a ferry as is told. */
export type MeasuredFerry = Pick<Ferry, 'activeMigrator' | 'events' | 'nodes' | 'parameters' | 'stats'>;

/** The metrics of a ferry, before a registry has them: docs/counters.md has the names. */
export class MetricSet {
  readonly metrics: readonly Metric[];
  readonly #phases: PhaseHistogram;

  /** From here on the ferry records its batches (`Ferry.events`), which the histogram of their phases is made of. */
  constructor(ferry: MeasuredFerry) {
    this.#phases = new PhaseHistogram(ferry);
    this.metrics = [...statCounters(ferry), ...stateGauges(ferry), ...this.#phases.metrics];
  }

  /** Ends the recording. Twice does no harm. */
  close(): void {
    this.#phases.close();
  }
}

/** The metrics of a ferry with a registry of their own, so that they are in nobody's way. */
export class FerryMetrics {
  readonly #registry = new Registry();
  readonly #set: MetricSet;

  constructor(ferry: MeasuredFerry) {
    this.#set = new MetricSet(ferry);
    for (const metric of this.#set.metrics) this.#registry.registerMetric(metric);
  }

  /** Of what `text` gives: for the header of the same name. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of it as it is now, in Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Ends the recording. Twice does no harm. */
  close(): void {
    this.#set.close();
  }
}
