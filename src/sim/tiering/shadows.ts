/**
 * Shadows, as in NOMAD (OSDI 2024): a promoted folio keeps its old copy on the slow node while it is clean. Then its
 * demotion copies nothing. The first write to the folio drops the copy, and so does a lack of memory on the slow node, the
 * oldest copies first. Units have many folios, so a unit has a shadow in part.
 */
export class Shadows {
  /** The part of each unit that has a shadow. */
  readonly #clean: Float64Array;
  readonly #promotedAt: Float64Array;
  readonly #bytesOf: (unit: number) => number;
  readonly #folio: number;
  #bytes = 0;

  constructor(units: number, folio: number, bytesOf: (unit: number) => number) {
    this.#clean = new Float64Array(units);
    this.#promotedAt = new Float64Array(units);
    this.#bytesOf = bytesOf;
    this.#folio = folio;
  }

  /** Bytes of all shadows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The part of a unit that has a shadow. */
  cleanPart(unit: number): number {
    return this.#clean[unit]!;
  }

  promoted(unit: number, atMs: number): void {
    this.#set(unit, 1);
    this.#promotedAt[unit] = atMs;
  }

  /** The shadow is the unit's memory again, as far as it is clean. */
  demoted(unit: number): void {
    this.#set(unit, 0);
  }

  /**
   * The program writes to a unit. Returns the folios of which this was the first write: each of them faulted.
   * @param writes Writes, which are spread evenly over the folios.
   */
  write(unit: number, writes: number): number {
    const clean = this.#clean[unit]!;
    if (clean === 0 || writes === 0) return 0;
    const folios = Math.max(1, this.#bytesOf(unit) / this.#folio);
    const left = clean * Math.exp(-writes / folios);
    // Less than a folio: the last one is written to as well.
    this.#set(unit, left * folios < 0.5 ? 0 : left);
    return folios * (clean - this.#clean[unit]!);
  }

  /** Drops the oldest shadows until they have at most so many bytes. */
  shrink(bytes: number): void {
    // The sum of many parts is not exact.
    while (this.#bytes > Math.max(0, bytes) + 1) {
      let oldest = -1;
      for (let unit = 0; unit < this.#clean.length; unit++) {
        if (this.#clean[unit]! === 0) continue;
        if (oldest < 0 || this.#promotedAt[unit]! < this.#promotedAt[oldest]!) oldest = unit;
      }
      if (oldest < 0) return;
      this.#set(oldest, 0);
    }
  }

  #set(unit: number, part: number): void {
    this.#bytes += (part - this.#clean[unit]!) * this.#bytesOf(unit);
    this.#clean[unit] = part;
  }
}
