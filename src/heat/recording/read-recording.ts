import { MigrationError } from '../../common/migration-error.js';
import { readAdvice } from './advice-code.js';
import { ByteReader, FormatError } from './byte-reader.js';
import {
  FRAME,
  MAGIC,
  type RecordedCost,
  type RecordedSnapshot,
  type RecordingEnd,
  type RecordingHeader,
  VERSION,
} from './format.js';
import { type Frame, FrameReader } from './frame-reader.js';
import { readHeader } from './read-header.js';
import { readCost, readError } from './read-notes.js';
import { readHead, SnapshotCodes } from './snapshot-code.js';

const ADVICE = 'Use an unchanged file that pageferry recorded.';

/**
 * Reads a recording as a stream, such as that of `createReadStream(file)`. It reads the header at once, and snapshots as
 * they are iterated over.
 * @param name Of the file, for errors.
 * @throws MigrationError EINVAL that names the file, if it is not a recording, or its header is damaged.
 * @example
 * ```text
 * const recording = await readRecording(createReadStream('heap.pfheat'), 'heap.pfheat');
 * for await (const { snapshot } of recording) console.log(snapshot.atMs, hottest(snapshot, 0.1));
 * console.log(recording.end.state);
 * ```
 */
export async function readRecording(chunks: AsyncIterable<Uint8Array>, name: string): Promise<Recording> {
  const iterator = chunks[Symbol.asyncIterator]();
  const frames = new FrameReader();
  const more = async (): Promise<boolean> => {
    const { done, value } = await iterator.next();
    if (done === true) return false;
    frames.push(value);
    return true;
  };
  try {
    while (frames.left < MAGIC.length + 1) if (!(await more())) break;
    checkStart(frames);
    let frame = frames.frame();
    while (frame === undefined) {
      if (!(await more())) throw new FormatError('the file ends within its header');
      frame = frames.frame();
    }
    if (frame.kind !== FRAME.header) throw new FormatError('the header is missing');
    return new Recording(readHeader(frame.payload), frames, more, () => iterator.return?.());
  } catch (error) {
    await iterator.return?.();
    if (!(error instanceof FormatError)) throw error;
    throw new MigrationError('EINVAL', `${name}: ${error.message}`, {
      operation: 'heat',
      argument: name,
      advice: ADVICE,
      cause: error,
    });
  }
}

function checkStart(frames: FrameReader): void {
  if (frames.left === 0) throw new FormatError('the file is empty, and not a heat recording');
  const start = frames.take(Math.min(frames.left, MAGIC.length))!;
  if (MAGIC.some((byte, i) => start[i] !== byte)) throw new FormatError('the file is not a heat recording');
  const version = frames.take(1)?.[0];
  if (version === undefined) throw new FormatError('the file ends within its header');
  if (version === VERSION) return;
  throw new FormatError(
    `the recording has version ${version} of the format, and this pageferry reads version ${VERSION}`,
  );
}

/** A recording that is read as a stream. Its snapshots can be iterated over once. */
export class Recording implements AsyncIterable<RecordedSnapshot> {
  readonly header: RecordingHeader;
  readonly #frames: FrameReader;
  readonly #more: () => Promise<boolean>;
  readonly #close: () => unknown;
  #codes: SnapshotCodes | undefined;
  /** The last advice that was read, as its bytes. */
  #advice: Uint8Array | undefined;
  #snapshots = 0;
  #end: RecordingEnd | undefined;

  /** Only `readRecording` makes these. */
  constructor(
    header: RecordingHeader,
    frames: FrameReader,
    more: () => Promise<boolean>,
    close: () => unknown,
  ) {
    this.header = header;
    this.#frames = frames;
    this.#more = more;
    this.#close = close;
  }

  /** How the reading has ended. Before the loop over the snapshots is done, the recording counts as truncated. */
  get end(): RecordingEnd {
    return this.#end ?? this.#ended('truncated', 'it was not read to its end');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordedSnapshot, void, undefined> {
    let cost: RecordedCost | undefined;
    try {
      for (;;) {
        const frame = this.#frames.frame();
        if (frame === undefined) {
          if (await this.#more()) continue;
          const cut =
            this.#frames.left === 0
              ? 'without an end'
              : `within a part of ${this.#frames.left} bytes or more`;
          this.#end = this.#ended(
            'truncated',
            `the file ends ${cut}: it was cut off, or is still being written`,
          );
          return;
        }
        if (frame.kind === FRAME.end) {
          this.#end = this.#ended('whole', '');
          return;
        }
        if (frame.kind === FRAME.error) {
          const error = readError(frame.payload);
          const problem = `the watch ended with an error: ${error.message} (${error.code})`;
          this.#end = { ...this.#ended('truncated', problem), error };
          return;
        }
        if (frame.kind === FRAME.cost) cost = readCost(frame.payload);
        // The payload is valid until more is read.
        if (frame.kind === FRAME.advice) this.#advice = frame.payload.slice();
        if (frame.kind !== FRAME.snapshot) continue;
        const recorded = { ...this.#read(frame), cost };
        cost = undefined;
        this.#snapshots++;
        yield recorded;
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#end = this.#ended('damaged', `${error.message}, after ${this.#frames.taken} bytes`);
    } finally {
      await this.#close();
    }
  }

  #read({ payload }: Frame): RecordedSnapshot {
    const from = new ByteReader(payload);
    const { source, sees, originMs } = this.header;
    const { key, snapshot, workingSets } = readHead(from, { source, sees });
    const units = snapshot.rate.length;
    if (key) this.#codes = new SnapshotCodes(units);
    if (this.#codes?.units !== units) throw new FormatError('a snapshot depends on one that is missing');
    this.#codes.read(from, snapshot, originMs);
    if (this.#advice !== undefined) snapshot.advice.set(readAdvice(new ByteReader(this.#advice), units));
    if (from.left > 0) throw new FormatError('a snapshot is longer than it has to be');
    return { snapshot, workingSets };
  }

  #ended(state: RecordingEnd['state'], problem: string): RecordingEnd {
    return { snapshots: this.#snapshots, state, bytes: this.#frames.taken, problem };
  }
}
