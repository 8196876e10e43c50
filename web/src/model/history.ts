/** Ticks that are shown: a minute at ten a second. */
const KEPT = 600;

/** Bytes a second by migrator over the last minute. */
export class History {
  readonly #at: number[] = [];
  readonly #byMigrator = new Map<string, (number | null)[]>();

  add(seconds: number, speeds: Readonly<Record<string, number>>): void {
    this.#at.push(seconds);
    for (const name of Object.keys(speeds)) {
      if (!this.#byMigrator.has(name)) this.#byMigrator.set(name, new Array(this.#at.length - 1).fill(0));
    }
    for (const [name, values] of this.#byMigrator) values.push(speeds[name] ?? 0);
    if (this.#at.length <= KEPT) return;
    this.#at.shift();
    for (const values of this.#byMigrator.values()) values.shift();
  }

  get migrators(): readonly string[] {
    return [...this.#byMigrator.keys()];
  }

  /** Seconds before now, then GB/s by migrator. */
  get data(): readonly (readonly (number | null)[])[] {
    const now = this.#at.at(-1) ?? 0;
    const speeds = [...this.#byMigrator.values()];
    return [this.#at.map((at) => at - now), ...speeds.map((values) => [...values])];
  }

  /** Mean of the last second, in GB/s. */
  get now(): number {
    let sum = 0;
    const ticks = Math.min(10, this.#at.length);
    for (const values of this.#byMigrator.values()) {
      for (const value of values.slice(-ticks)) sum += value ?? 0;
    }
    return ticks === 0 ? 0 : sum / ticks;
  }
}
