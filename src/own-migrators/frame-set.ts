// Read before the module is loaded, because it may replace globals.
const Bytes = Uint8Array;

/**
 * The frames of one side of a copy list, to check whether a run lies within them. It has a byte for each frame from the
 * lowest to the highest, which all lie in the nodes' pools or in one region.
 */
export class FrameSet {
  #first = 0;
  #end = 0;
  #member = new Bytes(0);

  /** Replaces the members. Folio `i` has `2^order[i]` frames, starting at `first[i]`. */
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

  /** Whether `pages` frames starting at `frame` are members. False if the arguments are not a run of frames. */
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
