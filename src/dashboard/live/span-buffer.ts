import type { SpanWindow } from '../messages.js';
import { SPAN_NUMBERS } from '../messages.js';

/** Spans that are kept: a power of two, and about as many as a page can show side by side. */
const KEPT = 256;
/** Maximum length of a window, in nanoseconds. */
const LONGEST = 20e6;
/** Unit of a window: 0.1 µs, in nanoseconds. */
const UNIT = 100;

/** The last spans of the pipeline, for the timeline of a page. A page gets a short window of each tenth of a second. */
export class SpanBuffer {
  readonly #begin = new Float64Array(KEPT);
  readonly #ns = new Float64Array(KEPT);
  readonly #lane = new Uint8Array(KEPT);
  readonly #kind = new Uint8Array(KEPT);
  readonly #batch = new Int32Array(KEPT);
  #count = 0;

  add(lane: number, kind: number, begin: number, ns: number, batch: number): void {
    const place = this.#count++ & (KEPT - 1);
    this.#begin[place] = begin;
    this.#ns[place] = ns;
    this.#lane[place] = lane;
    this.#kind[place] = kind;
    this.#batch[place] = batch;
  }

  /** Returns the last spans, and empties the buffer. Undefined when there are none. */
  take(lanes: readonly string[]): SpanWindow | undefined {
    const kept = Math.min(this.#count, KEPT);
    this.#count = 0;
    if (kept === 0) return undefined;
    let end = 0;
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < kept; i++) {
      first = Math.min(first, this.#begin[i]!);
      end = Math.max(end, this.#begin[i]! + this.#ns[i]!);
    }
    const origin = Math.max(first, end - LONGEST);
    const spans: number[] = [];
    for (let i = 0; i < kept; i++) {
      const begin = Math.max(this.#begin[i]!, origin);
      const length = this.#begin[i]! + this.#ns[i]! - begin;
      if (length <= 0) continue;
      spans.push(this.#lane[i]!, this.#kind[i]!, round(begin - origin), round(length), this.#batch[i]!);
    }
    return spans.length < SPAN_NUMBERS ? undefined : { lanes, spans, length: round(end - origin) };
  }
}

function round(ns: number): number {
  return Math.max(1, Math.round(ns / UNIT));
}
