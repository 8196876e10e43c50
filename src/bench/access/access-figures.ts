import { gigabytesPerSecond, medianRatio, summarize } from '../../common/summary.js';
import type { BatchMigrator } from '../move/options.js';
import { ACCESS_KINDS, type AccessKindName, type AccessTimes } from './access-times.js';
import type { AccessOptions, AccessSpec } from './options.js';
import type { AccessRow } from './report.js';

/** One run of a row. */
export interface AccessRun {
  readonly before: AccessTimes;
  readonly after: AccessTimes;
  readonly durationNs: number;
  readonly prefillNs: number;
  readonly hugeBytesBefore: number;
  readonly hugeBytes: number;
  readonly foliosFailed: number;
  readonly damagedWords: number;
}

export interface AccessRuns {
  readonly spec: AccessSpec;
  /** The run of each round. */
  readonly runs: readonly AccessRun[];
}

export function accessFigures(
  { copyMode }: Pick<AccessOptions, 'copyMode'>,
  measured: readonly AccessRuns[],
): AccessRow[] {
  const speedsOf = (runs: readonly AccessRun[]) =>
    runs.map((run) => gigabytesPerSecond(run.hugeBytes - run.hugeBytesBefore, run.durationNs));
  const collapse = speedsOf(measured.find(({ spec }) => spec.how === 'collapse')!.runs);
  return measured.map(({ spec, runs }) => {
    const speeds = speedsOf(runs);
    const { median, min, max } = summarize(speeds);
    const promoted = spec.how === 'promote';
    return {
      how: spec.how,
      pages: spec.pages,
      migrator: promoted ? (spec.copy.migrator as BatchMigrator) : null,
      threads: promoted ? spec.copy.threads : 1,
      copyMode: promoted ? copyMode : null,
      runs: runs.length,
      medianGBps: median,
      minGBps: min,
      maxGBps: max,
      ofCollapse: medianRatio(speeds, collapse),
      hugeBytes: Math.min(...runs.map(({ hugeBytes }) => hugeBytes)),
      hugeBytesBefore: Math.max(...runs.map(({ hugeBytesBefore }) => hugeBytesBefore)),
      before: medianTimes(runs.map(({ before }) => before)),
      after: medianTimes(runs.map(({ after }) => after)),
      faster: Object.fromEntries(
        ACCESS_KINDS.map((kind) => [
          kind,
          medianRatio(
            runs.map(({ before }) => before[`${kind}Ns`]),
            runs.map(({ after }) => after[`${kind}Ns`]),
          ),
        ]),
      ) as Record<AccessKindName, number>,
      foliosFailed: runs.reduce((sum, { foliosFailed }) => sum + foliosFailed, 0),
      verified: runs.every(({ damagedWords }) => damagedWords === 0),
      prefillSeconds: summarize(runs.map(({ prefillNs }) => prefillNs / 1e9)).median,
      rounds: runs.map(({ hugeBytes }, i) => ({ GBps: speeds[i]!, hugeBytes })),
    };
  });
}

function medianTimes(times: readonly AccessTimes[]): AccessTimes {
  const median = (of: (each: AccessTimes) => number) => summarize(times.map(of)).median;
  return {
    dependentNs: median(({ dependentNs }) => dependentNs),
    independentNs: median(({ independentNs }) => independentNs),
    sequentialNs: median(({ sequentialNs }) => sequentialNs),
    addNs: median(({ addNs }) => addNs),
  };
}
