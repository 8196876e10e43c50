/** Bits of a figure that are sorted by at once. Three times as many are all but the sign. */
const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

/**
 * Units in the order of a figure that is not negative, such as a rate. It sorts by the bits of the figures, which have the
 * order of the numbers (IEEE 754), and allocates nothing once it has the size.
 */
export class UnitOrder {
  #length = 0;
  #units = new Uint32Array(0);
  #other = new Uint32Array(0);
  #bits = new Uint32Array(0);
  #keys = new Float32Array(0);
  readonly #counts = new Uint32Array(DIGITS + 1);

  get length(): number {
    return this.#length;
  }

  clear(units: number): void {
    this.#length = 0;
    if (this.#units.length >= units) return;
    this.#units = new Uint32Array(units);
    this.#other = new Uint32Array(units);
    this.#keys = new Float32Array(units);
    this.#bits = new Uint32Array(this.#keys.buffer);
  }

  /** Adds a unit, which must be below the number of units of `clear`. */
  add(unit: number, key: number): void {
    // NaN counts as 0, and so does -0, which has the sign bit.
    this.#keys[unit] = Math.max(key || 0, 0);
    this.#units[this.#length++] = unit;
  }

  /** Sorts the lowest first. Units with the same figure keep their order. */
  sort(): void {
    this.#pass(this.#units, this.#other, 0);
    this.#pass(this.#other, this.#units, DIGIT_BITS);
    this.#pass(this.#units, this.#other, 2 * DIGIT_BITS);
    const sorted = this.#other;
    this.#other = this.#units;
    this.#units = sorted;
  }

  /** The unit at a place from the lowest. */
  lowest(i: number): number {
    return this.#units[i]!;
  }

  /** The unit at a place from the highest. */
  highest(i: number): number {
    return this.#units[this.#length - 1 - i]!;
  }

  key(unit: number): number {
    return this.#keys[unit]!;
  }

  #pass(from: Uint32Array, to: Uint32Array, shift: number): void {
    const counts = this.#counts.fill(0);
    const bits = this.#bits;
    for (let i = 0; i < this.#length; i++) counts[((bits[from[i]!]! >>> shift) & (DIGITS - 1)) + 1]!++;
    for (let value = 0; value < DIGITS; value++) counts[value + 1]! += counts[value]!;
    for (let i = 0; i < this.#length; i++) {
      const unit = from[i]!;
      to[counts[(bits[unit]! >>> shift) & (DIGITS - 1)]!++] = unit;
    }
  }
}
