import { createReadStream, statSync } from 'node:fs';
import type { HeatGrid } from '../../heat/map/heat-grid.js';
import type { RecordingEnd } from '../../heat/recording/format.js';
import { type Recording, readRecording } from '../../heat/recording/read-recording.js';
import { type RecordingSummary, summarizeRecording } from '../../heat/recording/recording-summary.js';
import { UsageError } from '../ui/errors.js';

/** Reads a recording to its end. @throws UsageError, or MigrationError EINVAL, that names the file. */
export async function summarizeFile(file: string): Promise<RecordingSummary> {
  checkFile(file);
  const summary = await summarizeRecording(await open(file));
  if (summary.last === undefined) {
    throw new UsageError(`${file}: the recording has no whole snapshot${problemOf(summary.end)}`);
  }
  return summary;
}

/** Reads it again, into grids. Snapshots that were appended after the first reading are not in them. */
export async function fillGrids(
  file: string,
  summary: RecordingSummary,
  grids: readonly HeatGrid[],
): Promise<void> {
  let { fromMs: sinceMs } = summary;
  let left = summary.end.snapshots;
  for await (const { snapshot } of await open(file)) {
    if (left-- === 0) break;
    for (const grid of grids) grid.add(snapshot, Math.max(sinceMs, snapshot.atMs - summary.coverMs));
    sinceMs = snapshot.atMs;
  }
}

function open(file: string): Promise<Recording> {
  return readRecording(createReadStream(file), file);
}

/** A recording is read twice, so it must be a file. */
function checkFile(file: string): void {
  try {
    if (statSync(file).isFile()) return;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' || code === 'ENOTDIR' ? 'the file does not exist' : message;
    throw new UsageError(`${file}: ${problem}. Name a heat recording`, { cause });
  }
  throw new UsageError(`${file}: the path is not a file. Name a heat recording`);
}

function problemOf({ problem }: RecordingEnd): string {
  return problem === '' ? '' : `: ${problem}`;
}
