import type { HeatSnapshot } from '../heat-snapshot.js';
import type { Sight } from '../observation.js';
import type { WorkingSet } from '../working-set.js';

/** The first bytes of a recording. The first is not ASCII, and a transfer that changes ends of lines changes the last two. */
export const MAGIC: Uint8Array = Uint8Array.of(0x89, 0x50, 0x46, 0x48, 0x45, 0x41, 0x54, 0x0d, 0x0a);
/** The version of the format, the byte after `MAGIC`. */
export const VERSION = 1;

/**
 * Kinds of frames. A reader skips frames of other kinds. The cost is that of the snapshot after it. The advice holds for the
 * snapshots after it, until the next advice.
 */
export const FRAME = { header: 1, snapshot: 2, end: 3, cost: 4, error: 5, advice: 6 } as const;
/** Bytes of a frame's length and kind before its payload, and of its checksum after it. */
export const FRAME_HEAD = 5;
export const FRAME_TAIL = 4;
/** The largest payload, bytes. */
export const MAX_PAYLOAD = 2 ** 27;
/** Units of a snapshot: 16 GiB by pages, or 8 TiB by 2 MiB. */
export const MAX_UNITS = 2 ** 22;
/** Every so many snapshots, one does not depend on the ones before it. */
export const KEY_INTERVAL = 64;

/** The beginning of a recording. */
export interface RecordingHeader {
  /** Name of the region, for people. */
  readonly name: string;
  /** Bytes of the region when the recording began. It may have grown since. */
  readonly regionBytes: number;
  readonly pageBytes: number;
  /** Bytes of a unit of the snapshots. */
  readonly unitBytes: number;
  /** Name of the access source. */
  readonly source: string;
  readonly sees: Sight;
  /** The time origin: ms on the clock of the snapshots, and the same moment as ms since 1970 UTC. */
  readonly originMs: number;
  readonly startedAtMs: number;
  /** Half-life of an observation, ms. */
  readonly halfLifeMs: number;
}

/** The cost of a watch up to a snapshot. */
export interface RecordedCost {
  /** CPU time of the source. */
  readonly cpuNs: number;
  /** Time that threads of the program have waited for the source, as far as it is known. */
  readonly stalledNs: number;
  /** Units that were watched, and those of them that were accessed. */
  readonly units: number;
  readonly touched: number;
}

/** A snapshot of a recording, with the working-set curve of that moment. */
export interface RecordedSnapshot {
  readonly snapshot: HeatSnapshot;
  readonly workingSets: readonly WorkingSet[];
  /** Undefined if the recording does not have it. */
  readonly cost?: RecordedCost | undefined;
}

/** The error that has ended a watch. */
export interface RecordedError {
  /** Errno name. */
  readonly code: string;
  readonly message: string;
  readonly advice?: string | undefined;
}

/** How the reading of a recording has ended. */
export interface RecordingEnd {
  /** Whole snapshots. */
  readonly snapshots: number;
  /**
   * `whole`: the recording was ended. `truncated`: the file ends before that. It was cut off, or is still being written.
   * `damaged`: a part has changed since it was written. Its snapshots up to that part were read.
   */
  readonly state: 'whole' | 'truncated' | 'damaged';
  /** Bytes that were read as whole parts. */
  readonly bytes: number;
  /** For people, empty if the recording is whole. */
  readonly problem: string;
  /** The error that has ended the watch, if the recording has one. Its state is `truncated`. */
  readonly error?: RecordedError | undefined;
}
