// A module may replace what it finds in the global scope; this is taken before it is loaded.
const Bytes = Uint8Array;

/**
 * The frames of one side of a copy list, to tell whether a run lies within them: a byte for each frame from the
 * lowest to the highest: they lie in the nodes' pools, or in one region.
 */
export class FrameSet {
  #first = 0;
  #end = 0;
  #member = new Bytes(0);

  /** Makes these frames the members: folio `i` is `2^order[i]` frames from `first[i]` on. */
  assign(first: ArrayLike<number>, order: Uint8Array, length: number): void {
    this.#member.fill(0, 0, this.#end - this.#first);
    let min = length === 0 ? 0 : first[0]!;
    let end = min;
    for (let i = 0; i < length; i++) {
      const frame = first[i]!;
      if (frame < min) min = frame;
      const next = frame + 2 ** order[i]!;
      if (next > end) end = next;
    }
    if (end - min > this.#member.length) this.#member = new Bytes(end - min);
    this.#first = min;
    this.#end = end;
    for (let i = 0; i < length; i++) {
      const at = first[i]! - min;
      this.#member.fill(1, at, at + 2 ** order[i]!);
    }
  }

  /** True when `pages` frames from `frame` on are members; false for what is no such run. */
  holds(frame: number, pages: number): boolean {
    if (!(pages >= 1 && pages % 1 === 0 && frame % 1 === 0)) return false;
    if (frame < this.#first || frame + pages > this.#end) return false;
    const from = frame - this.#first;
    for (let at = from; at < from + pages; at++) {
      if (this.#member[at] !== 1) return false;
    }
    return true;
  }
}
