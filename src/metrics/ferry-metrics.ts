import { Registry } from 'prom-client';
import type { Ferry } from '../ferry/ferry.js';
import { PhaseHistogram } from './phase-histogram.js';
import { addStatCounters } from './stat-counters.js';
import { addStateGauges } from './state-gauges.js';

/** As much of a ferry as is told. */
export type MeasuredFerry = Pick<Ferry, 'activeMigrator' | 'events' | 'nodes' | 'parameters' | 'stats'>;

/**
 * What a ferry counts and what it is like, for Prometheus: docs/counters.md has the names. It has a registry of its own, so
 * it is in nobody's way. While it is open the ferry records its batches (`Ferry.events`), which the histogram of their phases
 * is made of.
 */
export class FerryMetrics {
  readonly #registry = new Registry();
  readonly #phases: PhaseHistogram;

  constructor(ferry: MeasuredFerry) {
    addStatCounters(this.#registry, ferry);
    addStateGauges(this.#registry, ferry);
    this.#phases = new PhaseHistogram(this.#registry, ferry);
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
    this.#phases.close();
  }
}
