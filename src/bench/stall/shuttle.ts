import type { Ferry } from '../../ferry/ferry.js';
import type { MigrateResult } from '../../ferry/migrate-options.js';
import type { AlignedMemory } from '../harness/aligned-memory.js';
import type { StallSpec } from './stall-spec.js';

/** The sums of migrations back and forth. */
export interface ShuttleRun {
  readonly bytesMoved: number;
  /** Duration of the migrations, measured by the migration thread. */
  readonly durationNs: number;
  readonly foliosFailed: number;
  readonly fallbacks: number;
}

/** Migrates memory to the other node and back, at least once, for `seconds`. The memory ends where it began. */
export async function shuttle(
  ferry: Ferry,
  memory: AlignedMemory,
  { batchBytes, copyMode }: StallSpec,
  seconds: number,
): Promise<ShuttleRun> {
  const [here, there] = ferry.nodeIds as [number, number];
  const results: MigrateResult[] = [];
  const started = performance.now();
  do {
    for (const to of [there, here]) {
      results.push(await memory.region.migrate({ to, ...memory.ranges[0]!, batchBytes, copyMode }));
    }
  } while (performance.now() - started < seconds * 1000);
  const sum = (of: (result: MigrateResult) => number) => results.reduce((total, r) => total + of(r), 0);
  return {
    bytesMoved: sum(({ bytesMoved }) => bytesMoved),
    durationNs: sum(({ durationNs }) => durationNs),
    foliosFailed: sum(({ foliosFailed }) => foliosFailed),
    fallbacks: sum(({ fallbacks }) => fallbacks),
  };
}
