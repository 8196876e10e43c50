/** Names in a ferry's event ring at most: see trace/name-table.ts. */
const NAMES = 512;

/** Adds up, by migrator, what batches have moved; without an object for a batch. */
export class BatchTally {
  readonly #bytes = new Float64Array(NAMES);
  readonly #batches = new Float64Array(NAMES);
  #any = false;

  /** @param migrator the number of its name, 0 for none. */
  add(migrator: number, bytes: number): void {
    this.#bytes[migrator] = this.#bytes[migrator]! + bytes;
    this.#batches[migrator] = this.#batches[migrator]! + 1;
    this.#any = true;
  }

  /** What there was since the last time, by name; undefined when there was nothing. */
  take(nameOf: (migrator: number) => string): Record<string, readonly [number, number]> | undefined {
    if (!this.#any) return undefined;
    const moved: Record<string, readonly [number, number]> = {};
    for (let migrator = 0; migrator < NAMES; migrator++) {
      const batches = this.#batches[migrator]!;
      if (batches === 0) continue;
      moved[migrator === 0 ? 'none' : nameOf(migrator)] = [this.#bytes[migrator]!, batches];
    }
    this.#bytes.fill(0);
    this.#batches.fill(0);
    this.#any = false;
    return moved;
  }
}
