import { createReadStream, statSync } from 'node:fs';
import type { HeatGrid } from '../../heat/map/heat-grid.js';
import type { RecordingEnd } from '../../heat/recording/format.js';
import { type Recording, readRecording } from '../../heat/recording/read-recording.js';
import { type RecordingSummary, summarizeRecording } from '../../heat/recording/recording-summary.js';
import { UsageError } from '../ui/errors.js';

/** Gets the number of bytes of each piece that was read. */
export type OnBytes = (bytes: number) => void;

/** Reads a recording to its end. @throws UsageError, or MigrationError EINVAL, that names the file. */
export async function summarizeFile(file: string, onBytes: OnBytes): Promise<RecordingSummary> {
  const summary = await summarizeRecording(await open(file, onBytes));
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
  onBytes: OnBytes,
): Promise<void> {
  let { fromMs: sinceMs } = summary;
  let left = summary.end.snapshots;
  for await (const { snapshot } of await open(file, onBytes)) {
    if (left-- === 0) break;
    for (const grid of grids) grid.add(snapshot, Math.max(sinceMs, snapshot.atMs - summary.coverMs));
    sinceMs = snapshot.atMs;
  }
}

function open(file: string, onBytes: OnBytes): Promise<Recording> {
  return readRecording(counted(createReadStream(file), onBytes), file);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Bytes of a recording. It is read twice, so it must be a file. @throws UsageError */
export function fileBytes(file: string): number {
  try {
    const found = statSync(file);
    if (found.isFile()) return found.size;
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
