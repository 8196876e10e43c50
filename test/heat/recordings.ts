import { PAGE_SIZE } from '../../src/common/page.js';
import { HeatRecords } from '../../src/heat/heat-records.js';
import type { HeatSnapshot } from '../../src/heat/heat-snapshot.js';
import type { Sight } from '../../src/heat/observation.js';
import type { RecordedSnapshot, RecordingEnd, RecordingHeader } from '../../src/heat/recording/format.js';
import { readRecording } from '../../src/heat/recording/read-recording.js';
import { RecordingWriter } from '../../src/heat/recording/recording-writer.js';
import { takeSnapshot } from '../../src/heat/take-snapshot.js';
import { type WorkingSet, workingSets } from '../../src/heat/working-set.js';
import { PoissonPages } from './poisson-pages.js';

export const SEES: Sight = { reads: true, writes: true, kinds: true, threads: true };

export interface Made {
  readonly header: RecordingHeader;
  readonly bytes: Uint8Array;
  /** Bytes up to the end of the header, and of each snapshot. */
  readonly ends: readonly number[];
  readonly snapshots: readonly HeatSnapshot[];
  readonly sets: readonly (readonly WorkingSet[])[];
}

export interface MadeOptions {
  readonly pages?: number;
  readonly snapshots?: number;
  readonly unitBytes?: number;
  readonly name?: string;
  /** Pages that the region grows by with each snapshot. */
  readonly grows?: number;
  readonly ended?: boolean;
}

/** A recording of a hot quarter that moves, over a cold rest, with an eighth at the end that nobody watches. */
export function makeRecording(options: MadeOptions = {}): Made {
  const {
    pages = 8192,
    snapshots: count = 40,
    unitBytes = 2 ** 18,
    name = 'heap',
    grows = 0,
    ended = true,
  } = options;
  const maxPages = pages + grows * count;
  const records = new HeatRecords({ pages, maxPages });
  const program = new PoissonPages(maxPages, records);
  const header: RecordingHeader = {
    name,
    regionBytes: pages * PAGE_SIZE,
    pageBytes: PAGE_SIZE,
    unitBytes,
    source: 'hint',
    sees: SEES,
    originMs: program.nowNs / 1e6,
    startedAtMs: Date.UTC(2026, 0, 31, 12),
    halfLifeMs: 2000,
  };
  const pieces: Uint8Array[] = [];
  const ends: number[] = [];
  let length = 0;
  const writer = new RecordingWriter(header, (bytes) => {
    pieces.push(bytes.slice());
    length += bytes.length;
    ends.push(length);
  });
  const snapshots: HeatSnapshot[] = [];
  const sets: WorkingSet[][] = [];
  program.writes = 0.3;
  for (let i = 0; i < count; i++) {
    const hot = i < count / 2 ? 0 : pages / 2;
    program.rates.fill(0.01).fill(10, hot, hot + pages / 4);
    for (let page = 0; page < (pages / 8) * 7; ) {
      const unit = records.unitPages(page);
      program.watch(page, unit, 50e6);
      page += unit;
    }
    program.nowNs += 500e6;
    records.adapt(program.nowNs);
    const snapshot = takeSnapshot(records, { unitBytes, atNs: program.nowNs, source: 'hint', sees: SEES });
    const curve = workingSets(records, program.nowNs);
    snapshots.push(snapshot);
    sets.push(curve);
    writer.add(snapshot, curve);
    if (grows > 0) records.grow(records.pages + grows);
  }
  if (ended) writer.end();
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { header, bytes, ends, snapshots, sets };
}

/** The bytes in chunks of some sizes, as a file system may give them. */
export async function* chunksOf(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

export interface Read {
  readonly header: RecordingHeader;
  readonly recorded: readonly RecordedSnapshot[];
  readonly end: RecordingEnd;
}

export async function readAll(bytes: Uint8Array, size?: number): Promise<Read> {
  const recording = await readRecording(chunksOf(bytes, size), 'some.pfheat');
  const recorded: RecordedSnapshot[] = [];
  for await (const each of recording) recorded.push(each);
  return { header: recording.header, recorded, end: recording.end };
}
