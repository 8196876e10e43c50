import type { SpanWindow } from '../messages.js';
import { SPAN_NUMBERS } from '../messages.js';

/** Spans that are kept, a power of two: what a page can draw apart. */
const KEPT = 256;
/** Nanoseconds of a window at most. */
const LONGEST = 20e6;
/** A window's unit: tenths of a µs. */
const UNIT = 100;

/** The last spans of the pipeline: what a page draws as the timeline. A page sees a moment of each tenth of a second. */
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

  /** The last of them, and empty again; undefined when there were none. */
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
