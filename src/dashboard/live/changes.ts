/** Remembers the last value of each entry, and returns only those that differ. */
export class Changes<T> {
  readonly #said = new Map<string, T>();

  /** The entries that are new or different. Undefined if there are none. */
  take(now: Readonly<Record<string, T>>): Record<string, T> | undefined {
    let changed: Record<string, T> | undefined;
    for (const name in now) {
      const value = now[name]!;
      if (this.#said.get(name) === value) continue;
      this.#said.set(name, value);
      changed ??= {};
      changed[name] = value;
    }
    return changed;
  }
}

/** Returns a value only if it differs from the previous one. */
export class Change<T> {
  #key: string;

  constructor(first: T) {
    this.#key = JSON.stringify(first);
  }

  take(now: T): T | undefined {
    const key = JSON.stringify(now);
    if (key === this.#key) return undefined;
    this.#key = key;
    return now;
  }
}
