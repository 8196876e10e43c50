import { describe } from '../../common/describe-value.js';
import { invalidArgument } from '../../common/migration-error.js';
import { ADVICE } from '../advice.js';
import type { HeatSnapshot } from '../heat-snapshot.js';
import type { WorkingSet } from '../working-set.js';
import { writeAdvice } from './advice-code.js';
import { ByteWriter } from './byte-writer.js';
import { crc32 } from './crc32.js';
import {
  FRAME,
  FRAME_HEAD,
  KEY_INTERVAL,
  MAGIC,
  MAX_UNITS,
  type RecordedCost,
  type RecordedError,
  type RecordingHeader,
  VERSION,
} from './format.js';
import { SnapshotCodes, writeHead } from './snapshot-code.js';

/**
 * Writes a recording piece by piece. Each piece is whole, so a file that is cut off loses its last snapshot at most.
 * docs/heat.md describes the format.
 * @example
 * ```text
 * const file = openSync('heap.pfheat', 'w');
 * const writer = new RecordingWriter(header, (bytes) => writeSync(file, bytes));
 * writer.add(takeSnapshot(records, request), workingSets(records, request.atNs));
 * writer.end();
 * ```
 */
export class RecordingWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #header: RecordingHeader;
  #codes: SnapshotCodes | undefined;
  #sinceKey = 0;
  /** The last advice that was written. Undefined if that was on none of the units. */
  #advice: Uint8Array | undefined;
  #ended = false;

  /** @param write Gets each piece. It must use or copy the bytes before it returns. */
  constructor(header: RecordingHeader, write: (bytes: Uint8Array) => void) {
    this.#write = write;
    this.#header = header;
    const to = new ByteWriter();
    to.put(MAGIC);
    to.u8(VERSION);
    this.#frame(FRAME.header, (payload) => payload.put(new TextEncoder().encode(JSON.stringify(header))), to);
  }

  /**
   * Appends a snapshot. Its source is that of the header.
   * @param cost Of the watch up to this snapshot.
   * @throws MigrationError EINVAL for more than 4,194,304 units, another unit size than the header's, or after the end.
   */
  add(snapshot: HeatSnapshot, workingSets: readonly WorkingSet[] = [], cost?: RecordedCost): void {
    const units = snapshot.rate.length;
    if (this.#ended)
      throw invalidArgument('heat', 'snapshot', 'cannot be added after the end of the recording');
    if (snapshot.unitBytes !== this.#header.unitBytes) {
      throw invalidArgument(
        'heat',
        'snapshot.unitBytes',
        `must be ${this.#header.unitBytes}, as in the header, not ${describe(snapshot.unitBytes)}`,
      );
    }
    if (units > MAX_UNITS) {
      throw invalidArgument(
        'heat',
        'snapshot',
        `has ${units} units, and a recording has at most ${MAX_UNITS}`,
        'Use larger units.',
      );
    }
    const key = this.#codes?.units !== units || this.#sinceKey >= KEY_INTERVAL;
    if (key) this.#codes = new SnapshotCodes(units);
    this.#sinceKey = key ? 1 : this.#sinceKey + 1;
    if (cost !== undefined) {
      const figures = [cost.cpuNs, cost.stalledNs, cost.units, cost.touched];
      this.#frame(FRAME.cost, (payload) => {
        for (const figure of figures) payload.f64(figure);
      });
    }
    this.#say(snapshot.advice);
    this.#frame(FRAME.snapshot, (payload) => {
      writeHead(payload, snapshot, workingSets, key);
      this.#codes!.write(payload, snapshot, this.#header.originMs);
    });
  }

  /** Ends the recording with the error that has ended the watch. Nothing can be added any more. */
  fail(error: RecordedError): void {
    if (this.#ended) return;
    this.#ended = true;
    const { code, message, advice } = error;
    const text = JSON.stringify({ code, message, advice });
    this.#frame(FRAME.error, (payload) => payload.put(new TextEncoder().encode(text)));
  }

  /** Marks the recording as complete. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#frame(FRAME.end, () => undefined);
  }

  /** Writes what the program says, if that is not what it said before. */
  #say(advice: Uint8Array): void {
    const before = this.#advice;
    const silent = advice.every((said) => said === ADVICE.none);
    // Runs are of a number of units. There are none if nothing is said, of however many units.
    if (
      silent
        ? before === undefined
        : before?.length === advice.length && advice.every((said, i) => said === before[i])
    )
      return;
    this.#advice = silent ? undefined : advice.slice();
    this.#frame(FRAME.advice, (payload) => writeAdvice(payload, advice));
  }

  #frame(kind: number, fill: (payload: ByteWriter) => void, to: ByteWriter = new ByteWriter()): void {
    const at = to.length;
    to.u32(0);
    to.u8(kind);
    fill(to);
    to.setU32(at, to.length - at - FRAME_HEAD);
    to.u32(crc32(to.view(at)));
    this.#write(to.view());
  }
}
