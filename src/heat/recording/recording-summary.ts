import { bytesOfUnit, type HeatSnapshot } from '../heat-snapshot.js';
import { hottest } from '../hottest.js';
import type { WorkingSet } from '../working-set.js';
import type { RecordedCost, RecordedSnapshot, RecordingEnd, RecordingHeader } from './format.js';
import type { Recording } from './read-recording.js';

/** A recording as a whole, from a first reading. */
export interface RecordingSummary {
  readonly header: RecordingHeader;
  readonly end: RecordingEnd;
  /** First offset and bytes that any snapshot has. */
  readonly offset: number;
  readonly bytes: number;
  /** From the time origin, or the first snapshot if that is earlier, to the last snapshot. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Maximum time for which a snapshot stands, ms: twice the mean. In longer gaps the heat is unknown. */
  readonly coverMs: number;
  /** For each window, the median over the snapshots of each figure. */
  readonly workingSets: readonly WorkingSet[];
  /** Undefined if there is no snapshot. */
  readonly last: HeatSnapshot | undefined;
  /** Up to the last snapshot. Undefined if the recording does not have it. */
  readonly cost: RecordedCost | undefined;
  readonly concentration: Concentration | undefined;
}

/** How many of the accesses are in the hottest memory. */
export interface Concentration {
  /** Part of the units, 0 to 1. */
  readonly share: number;
  readonly bytes: number;
  /** Part of the accesses that are known, 0 to 1. */
  readonly accesses: number;
}

const HOT_SHARE = 0.1;

/** Reads a recording to its end. */
export async function summarizeRecording(recording: Recording): Promise<RecordingSummary> {
  const summary = new SummaryBuilder(recording.header);
  for await (const recorded of recording) summary.add(recorded);
  return summary.result(recording.end);
}

/** Makes a summary of snapshots that come one by one. */
export class SummaryBuilder {
  readonly header: RecordingHeader;
  readonly #sets = new Map<number, WorkingSet[]>();
  #fromMs: number;
  #toMs: number;
  #low = Number.POSITIVE_INFINITY;
  #high = 0;
  #last: RecordedSnapshot | undefined;

  constructor(header: RecordingHeader) {
    this.header = header;
    this.#fromMs = header.originMs;
    this.#toMs = header.originMs;
  }

  add(recorded: RecordedSnapshot): void {
    const { snapshot, workingSets } = recorded;
    this.#low = Math.min(this.#low, snapshot.offset);
    this.#high = Math.max(this.#high, snapshot.offset + snapshot.bytes);
    this.#fromMs = Math.min(this.#fromMs, snapshot.atMs);
    this.#toMs = Math.max(this.#toMs, snapshot.atMs);
    for (const set of workingSets) {
      const known = this.#sets.get(set.windowMs);
      if (known === undefined) this.#sets.set(set.windowMs, [set]);
      else known.push(set);
    }
    this.#last = recorded;
  }

  /** The summary of the snapshots so far, of a recording that has ended so. */
  result(end: RecordingEnd): RecordingSummary {
    const last = this.#last?.snapshot;
    const [fromMs, toMs] = [this.#fromMs, this.#toMs];
    return {
      header: this.header,
      end,
      offset: last === undefined ? 0 : this.#low,
      bytes: last === undefined ? this.header.regionBytes : this.#high - this.#low,
      fromMs,
      // A picture needs some time, also of a single snapshot.
      toMs: Math.max(toMs, fromMs + 1),
      coverMs: (2 * (toMs - fromMs)) / Math.max(1, end.snapshots),
      workingSets: [...this.#sets.values()].map(medians).sort((a, b) => a.windowMs - b.windowMs),
      last,
      cost: this.#last?.cost,
      concentration: last === undefined ? undefined : concentrationOf(last),
    };
  }
}

function medians(sets: readonly WorkingSet[]): WorkingSet {
  const median = (of: (set: WorkingSet) => number): number => {
    const sorted = sets.map(of).sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)]!;
  };
  return {
    windowMs: sets[0]!.windowMs,
    lowBytes: median((set) => set.lowBytes),
    estimateBytes: median((set) => set.estimateBytes),
    highBytes: median((set) => set.highBytes),
    unknownBytes: median((set) => set.unknownBytes),
  };
}

/** Undefined if no access is known. */
function concentrationOf(snapshot: HeatSnapshot): Concentration | undefined {
  const { rate } = snapshot;
  const sum = (units: Iterable<number>): number => {
    let all = 0;
    for (const unit of units) if (rate[unit]! > 0) all += rate[unit]!;
    return all;
  };
  const all = sum(rate.keys());
  if (all === 0) return undefined;
  const units = hottest(snapshot, HOT_SHARE);
  const bytes = units.reduce((total, unit) => total + bytesOfUnit(snapshot, unit), 0);
  return { share: HOT_SHARE, bytes, accesses: sum(units) / all };
}
