import { COPY_MODES } from '../../mm/copy-mode.js';
import { MIGRATE_MODES } from '../../mm/mode.js';
import { MIGRATE_REASONS } from '../../mm/reason.js';
import { FALLBACK_CAUSES, type FallbackCause } from '../../offload/fallback-cause.js';
import { HUGE_PAGES } from '../huge-pages.js';
import { PROGRESS_BYTES, type ProgressWords, progressWords } from './control.js';
import type { MigrateMessage, MigrateReply } from './protocol.js';

/**
 * Records that a ferry keeps. A caller with more migrations in flight does not wait for each of them, and does not
 * notice what a message costs.
 */
export const RECORDS = 32;

/** The fields of a reply that are plain numbers. `failures` is a list, and a reply that has any is a message. */
type Count = Exclude<keyof MigrateReply, 'failures' | 'fallbackCauses' | 'aborted'>;

/** Place of each count in the record. The type has the compiler refuse a field that is missing here. */
const COUNT_AT: Readonly<Record<Count, number>> = {
  foliosMoved: 0,
  foliosFailed: 1,
  foliosAbsent: 2,
  foliosOnTarget: 3,
  bytesMoved: 4,
  errno: 5,
  batches: 6,
  retries: 7,
  splits: 8,
  fallbacks: 9,
  gapFoliosMoved: 10,
  gapBytesMoved: 11,
  foliosWriteProtected: 12,
  staleCopies: 13,
  hugeBytes: 14,
  durationNs: 15,
  unmapNs: 16,
  copyNs: 17,
  mapNs: 18,
  destinationNs: 19,
};
const COUNTS = Object.freeze(Object.keys(COUNT_AT) as Count[]);

const REQUEST_CELLS = 11;
const CAUSES_AT = COUNTS.length;
const ABORTED_AT = CAUSES_AT + FALLBACK_CAUSES.length;
const REPLY_CELLS = ABORTED_AT + 1;
const RECORD_BYTES = PROGRESS_BYTES + (REQUEST_CELLS + REPLY_CELLS) * Float64Array.BYTES_PER_ELEMENT;

/**
 * One migration in shared memory: what is asked for, its progress, and what came of it. The owner and the migration
 * thread have a view each. To post and to take a message that carries only the record's number takes 5 µs, and 18 µs for
 * one that carries the fields of a request.
 *
 * The owner writes the request, posts the number, and does not touch the request again. The thread writes the reply
 * before it posts the number back. So a cell is never written by one thread while the other reads it.
 */
export class MigrationRecord {
  /** Its number, or -1 for a record that the thread does not know. */
  readonly index: number;
  readonly memory: SharedArrayBuffer;
  readonly progress: ProgressWords;
  readonly #request: Float64Array;
  readonly #reply: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(RECORD_BYTES), index = -1) {
    this.index = index;
    this.memory = memory;
    this.progress = progressWords(memory);
    this.#request = new Float64Array(memory, PROGRESS_BYTES, REQUEST_CELLS);
    this.#reply = new Float64Array(memory, PROGRESS_BYTES + this.#request.byteLength, REPLY_CELLS);
  }

  /** Number of the request, by which a reply that is a message names it. */
  get id(): number {
    return this.#request[0]!;
  }

  /** For the next migration: nothing has moved, and nobody wants it to stop. */
  reset(): void {
    Atomics.store(this.progress.abort, 0, 0);
    this.progress.cells.fill(0);
  }

  writeRequest(id: number, message: MigrateMessage): void {
    const cells = this.#request;
    cells[0] = id;
    cells[1] = message.region;
    cells[2] = message.target;
    cells[3] = message.from;
    cells[4] = message.to;
    cells[5] = MIGRATE_REASONS.indexOf(message.reason);
    cells[6] = MIGRATE_MODES.indexOf(message.mode);
    cells[7] = message.moveGaps ? 1 : 0;
    cells[8] = COPY_MODES.indexOf(message.copyMode);
    cells[9] = HUGE_PAGES.indexOf(message.hugePages);
    cells[10] = message.batchPages;
  }

  readRequest(): MigrateMessage {
    const cells = this.#request;
    return {
      region: cells[1]!,
      target: cells[2]!,
      from: cells[3]!,
      to: cells[4]!,
      reason: MIGRATE_REASONS[cells[5]!]!,
      mode: MIGRATE_MODES[cells[6]!]!,
      moveGaps: cells[7] === 1,
      copyMode: COPY_MODES[cells[8]!]!,
      hugePages: HUGE_PAGES[cells[9]!]!,
      batchPages: cells[10]!,
      progress: this.memory,
    };
  }

  /** @param reply one without `failures`. */
  writeReply(reply: MigrateReply): void {
    const cells = this.#reply;
    for (const name of COUNTS) cells[COUNT_AT[name]] = reply[name];
    for (let i = 0; i < FALLBACK_CAUSES.length; i++) {
      cells[CAUSES_AT + i] = reply.fallbackCauses[FALLBACK_CAUSES[i]!];
    }
    cells[ABORTED_AT] = reply.aborted ? 1 : 0;
  }

  readReply(): MigrateReply {
    const cells = this.#reply;
    const fallbackCauses = {} as Record<FallbackCause, number>;
    for (let i = 0; i < FALLBACK_CAUSES.length; i++) {
      fallbackCauses[FALLBACK_CAUSES[i]!] = cells[CAUSES_AT + i]!;
    }
    // Written out, because an object that is filled by computed names costs 10 µs here.
    return {
      foliosMoved: cells[COUNT_AT.foliosMoved]!,
      foliosFailed: cells[COUNT_AT.foliosFailed]!,
      foliosAbsent: cells[COUNT_AT.foliosAbsent]!,
      foliosOnTarget: cells[COUNT_AT.foliosOnTarget]!,
      bytesMoved: cells[COUNT_AT.bytesMoved]!,
      failures: [],
      errno: cells[COUNT_AT.errno]!,
      batches: cells[COUNT_AT.batches]!,
      retries: cells[COUNT_AT.retries]!,
      splits: cells[COUNT_AT.splits]!,
      fallbacks: cells[COUNT_AT.fallbacks]!,
      gapFoliosMoved: cells[COUNT_AT.gapFoliosMoved]!,
      gapBytesMoved: cells[COUNT_AT.gapBytesMoved]!,
      foliosWriteProtected: cells[COUNT_AT.foliosWriteProtected]!,
      staleCopies: cells[COUNT_AT.staleCopies]!,
      hugeBytes: cells[COUNT_AT.hugeBytes]!,
      durationNs: cells[COUNT_AT.durationNs]!,
      unmapNs: cells[COUNT_AT.unmapNs]!,
      copyNs: cells[COUNT_AT.copyNs]!,
      mapNs: cells[COUNT_AT.mapNs]!,
      destinationNs: cells[COUNT_AT.destinationNs]!,
      fallbackCauses,
      aborted: cells[ABORTED_AT] === 1,
    };
  }
}

/** The records of a ferry, over memory that its owner has made and its migration thread was given. */
export function migrationRecords(memory: readonly SharedArrayBuffer[]): readonly MigrationRecord[] {
  return memory.map((each, index) => new MigrationRecord(each, index));
}

/** Memory for the records of a ferry. */
export function recordMemory(): readonly SharedArrayBuffer[] {
  return Array.from({ length: RECORDS }, () => new SharedArrayBuffer(RECORD_BYTES));
}
