import { OPTIONAL_FIGURES, PROFILE_FIGURES, PROFILE_SCHEMA } from '../profile/read-profile.js';
import { figureOf } from '../profile/with-figures.js';
import type { FittedMachine } from './fit-machine.js';
import { intervalOf, type PredictionInterval } from './prediction.js';

const DIGITS = 4;

/** The middle 90 % of what a fitted figure may be, by its path. */
export function figureIntervals({ profile, uncertainty }: FittedMachine): Map<string, PredictionInterval> {
  const { figures, covariance } = uncertainty;
  const n = figures.length;
  return new Map(
    figures.map((path, i) => [path, intervalOf(figureOf(profile, path), Math.sqrt(covariance[i * n + i]!))]),
  );
}

/** The content of the profile file, in which each fitted figure has its interval. */
export function fittedFile(machine: FittedMachine): Record<string, unknown> {
  const { profile, uncertainty, priors, figures } = machine;
  const intervals = figureIntervals(machine);
  const ranges = { ...PROFILE_FIGURES, topology: OPTIONAL_FIGURES.topology };
  const groups = Object.entries(ranges).map(([group, names]) => {
    const entries = Object.entries(names).map(([name, { unit }]) => {
      const path = `${group}.${name}`;
      const value = rounded(figureOf(profile, path));
      const interval = intervals.get(path);
      if (interval === undefined) return [name, { value, unit, source: sourceOf(path) }] as const;
      const why = priors.find((prior) => prior.path === path)!.why;
      const source = `pageferry sim fit: ${figures.length} figures, and before them: ${why}`;
      return [
        name,
        { value, unit, source, low: rounded(interval.low), high: rounded(interval.high) },
      ] as const;
    });
    return [group, Object.fromEntries(entries)] as const;
  });
  const n = uncertainty.figures.length;
  const rows = uncertainty.figures.map((_, i) =>
    [...uncertainty.covariance.subarray(i * n, (i + 1) * n)].map(rounded),
  );
  return {
    schema: PROFILE_SCHEMA,
    name: profile.name,
    description: profile.description,
    ...Object.fromEntries(groups),
    uncertainty: { model: rounded(uncertainty.model), figures: uncertainty.figures, covariance: rows },
  };
}

function sourceOf(path: string): string {
  if (path === 'dma.nearGBps') return 'as dma.farGBps';
  if (path === 'compaction.scanNs') return 'profile zen3-ptdma; not fitted';
  if (path === 'topology.knee') return 'the latency curve of the data sheet, or the usual one; not fitted';
  return 'the data sheet, or a usual value; not fitted';
}

function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
}
