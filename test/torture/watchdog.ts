import type { Tally } from './protocol.js';

/** Notices an actor that has done nothing for long: others may go on for ever beside one that is never woken. */
export class StallWatch {
  readonly #limitMs: number;
  readonly #last = new Map<string, { beats: number; since: number }>();
  #heard: number;

  constructor(limitMs: number, now: number) {
    this.#limitMs = limitMs;
    this.#heard = now;
  }

  /** What the actors that are at work have done so far. */
  hear(beats: Tally, now: number): void {
    this.#heard = now;
    for (const name of [...this.#last.keys()]) if (!(name in beats)) this.#last.delete(name);
    for (const [name, count] of Object.entries(beats)) {
      if (this.#last.get(name)?.beats !== count) this.#last.set(name, { beats: count, since: now });
    }
  }

  /** Who has done nothing for longer than the limit. */
  stalled(now: number): string[] {
    const late = (since: number): boolean => now - since > this.#limitMs;
    const names = [...this.#last].filter(([, { since }]) => late(since)).map(([name]) => name);
    return late(this.#heard) ? ['main thread', ...names] : names;
  }
}
