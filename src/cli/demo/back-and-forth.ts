import type { Ferry } from '../../ferry/ferry.js';
import { type MigrateResult, MigrationAbortedError } from '../../ferry/migrate-options.js';
import type { Region } from '../../ferry/region.js';
import { COPY_MODES, type CopyMode } from '../../mm/copy-mode.js';

export interface DemoEvents {
  /** About ten times a second while pages move. */
  onProgress(seconds: number, bytesMoved: number): void;
}

/** The sums of the migrations of one copy mode. */
export interface ModeTotal {
  readonly copyMode: CopyMode;
  readonly migrations: number;
  readonly bytesMoved: number;
  readonly durationNs: number;
}

export interface FerryTotal {
  readonly modes: readonly ModeTotal[];
  readonly foliosFailed: number;
  /** Errno names of those failures. */
  readonly errnos: readonly string[];
}

const PROGRESS_INTERVAL_MS = 100;

/**
 * Migrates a region to the other node and back until the time is over or `signal` aborts. The copy modes alternate.
 * `onMode` gets the index in COPY_MODES before each migration.
 */
export async function migrateBackAndForth(
  ferry: Ferry,
  region: Region,
  { seconds, copyModes }: { readonly seconds: number; readonly copyModes: readonly CopyMode[] },
  signal: AbortSignal,
  events: DemoEvents & { onMode(mode: number): void },
): Promise<FerryTotal> {
  const [here, there] = ferry.nodeIds as [number, number];
  const started = performance.now();
  const modes = copyModes.map((copyMode) => ({ copyMode, migrations: 0, bytesMoved: 0, durationNs: 0 }));
  let foliosFailed = 0;
  const errnos = new Set<string>();
  // AbortSignal.any of a timeout does not serve: Node 20 may collect both as garbage during the wait.
  const over = new AbortController();
  const end = () => over.abort();
  const clock = setTimeout(end, seconds * 1000);
  signal.addEventListener('abort', end);
  const timer = setInterval(
    () => events.onProgress((performance.now() - started) / 1000, ferry.stats().bytes_moved),
    PROGRESS_INTERVAL_MS,
  );
  try {
    for (let trip = 0; !signal.aborted && (trip < modes.length || !over.signal.aborted); trip++) {
      // Each copy mode migrates there, back, back, there, … and so goes both ways.
      const mode = modes[((trip + 1) >> 1) % modes.length]!;
      const { copyMode } = mode;
      events.onMode(COPY_MODES.indexOf(copyMode));
      // Each copy mode has a whole migration, however short the time.
      const until = trip < modes.length ? signal : over.signal;
      const result = await migrate(region, trip % 2 === 0 ? there : here, copyMode, until);
      mode.migrations++;
      mode.bytesMoved += result.bytesMoved;
      mode.durationNs += result.durationNs;
      foliosFailed += result.foliosFailed;
      for (const { code } of result.failures) errnos.add(code);
    }
  } finally {
    clearTimeout(clock);
    clearInterval(timer);
    signal.removeEventListener('abort', end);
  }
  return { modes, foliosFailed, errnos: [...errnos] };
}

/** One migration, or the part of it before the signal. */
async function migrate(
  region: Region,
  to: number,
  copyMode: CopyMode,
  signal: AbortSignal,
): Promise<MigrateResult> {
  try {
    return await region.migrate({ to, copyMode, signal });
  } catch (error) {
    if (error instanceof MigrationAbortedError) return error.result;
    throw error;
  }
}
