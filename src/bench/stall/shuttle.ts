import type { Ferry } from '../../ferry/ferry.js';
import type { MigrateOptions, MigrateResult } from '../../ferry/migrate-options.js';
import type { AlignedMemory } from '../harness/aligned-memory.js';
import type { StallSpec } from './stall-spec.js';

/** What a while of migrations to and fro came to. */
export interface ShuttleRun {
  readonly bytesMoved: number;
  /** Of the migration thread. */
  readonly durationNs: number;
  readonly foliosFailed: number;
  readonly fallbacks: number;
}

/** Migrates memory to the other node and back until so many seconds are over, once at least. It ends where it began. */
export async function shuttle(
  ferry: Ferry,
  memory: AlignedMemory,
  spec: Pick<StallSpec, 'batchBytes' | 'copyMode'>,
  seconds: number,
): Promise<ShuttleRun> {
  const [here, there] = ferry.nodeIds as [number, number];
  const results: MigrateResult[] = [];
  const started = performance.now();
  do {
    for (const to of [there, here]) {
      results.push(await memory.region.migrate({ to, ...memory.range, ...migrationOptions(spec) }));
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

/** How a spec has pages migrated. */
function migrationOptions({
  batchBytes,
  copyMode,
}: Pick<StallSpec, 'batchBytes' | 'copyMode'>): Omit<MigrateOptions, 'to'> {
  return { batchBytes, copyMode };
}
