import { BalancePolicy } from '../../policy/balance.js';
import { FrequencyPolicy } from '../../policy/frequency.js';
import type { Policy } from '../../policy/policy.js';
import { RecencyPolicy } from '../../policy/recency.js';
import { runPolicy, type TieringFigures, type TieringSettings } from './tiering.js';

/** A policy whose options were chosen by hand, for one program. */
export interface TunedFigures extends TieringFigures {
  /** The policy and its options. */
  readonly options: string;
}

interface Candidate {
  readonly options: string;
  readonly make: () => Policy;
}

const HALF_LIVES_MS = [250, 500, 1000, 4000] as const;

/** The options that are tried. Each is tried with each half-life of the heat. */
const CANDIDATES: readonly Candidate[] = [
  ...[1, 2].flatMap((accesses) =>
    [4, 16].map((idleEpochs) => ({
      options: `recency, ${accesses} accesses, ${idleEpochs} idle epochs`,
      make: () => new RecencyPolicy({ accesses, idleEpochs }),
    })),
  ),
  ...[0, 1, 3].map((warmBuckets) => ({
    options: `frequency, ${warmBuckets} warm buckets`,
    make: () => new FrequencyPolicy({ warmBuckets }),
  })),
  ...[1.5, 2, 4].map((contrast) => ({
    options: `balance, contrast ${contrast}`,
    make: () => new BalancePolicy({ contrast }),
  })),
];

/** Runs of `tune`. */
export const TUNING_RUNS = CANDIDATES.length * HALF_LIVES_MS.length;

/** The fastest of the hand-tuned policies for one program. */
export function tune(settings: TieringSettings, onRun: () => void): TunedFigures {
  let best: TunedFigures | undefined;
  for (const { options, make } of CANDIDATES) {
    for (const halfLifeMs of HALF_LIVES_MS) {
      const figures = runPolicy(make(), { ...settings, halfLifeMs });
      onRun();
      if (best !== undefined && best.nsPerOperation <= figures.nsPerOperation) continue;
      best = { ...figures, options: `${options}, half-life ${halfLifeMs} ms` };
    }
  }
  return best!;
}
