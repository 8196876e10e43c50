import type { VirtualClock } from './virtual-clock.js';

/** Where a processor's time went, in nanoseconds. */
export interface ProcessorTimes {
  /** In the kernel: the migrating thread. */
  readonly sys: number;
  /** In programs that compete for it. */
  readonly user: number;
  readonly idle: number;
}

/**
 * The processor that the migrating thread is bound to, and its scheduler: threads that are ready take turns of one
 * slice each. While the migrating thread sleeps the others have it; when it wakes up it goes on with what is left of
 * its slice, at once (wake-up preemption), and what it slept is not made up for.
 */
export class Processor {
  /** Programs that count in a loop on it, for ever. */
  hogs = 0;
  readonly #clock: VirtualClock;
  readonly #sliceNs: number;
  #left: number;
  #sys = 0;
  #user = 0;
  #idle = 0;

  constructor(clock: VirtualClock, sliceNs: number) {
    this.#clock = clock;
    this.#sliceNs = sliceNs;
    this.#left = sliceNs;
  }

  get times(): ProcessorTimes {
    return { sys: this.#sys, user: this.#user, idle: this.#idle };
  }

  /** The migrating thread works for so long; it takes longer when others have their turns in between. */
  spend(nanoseconds: number): void {
    if (nanoseconds <= 0) return;
    this.#sys += nanoseconds;
    if (this.hogs === 0) {
      this.#clock.advance(nanoseconds);
      return;
    }
    let rest = nanoseconds;
    while (rest >= this.#left) {
      rest -= this.#left;
      this.#clock.advance(this.#left);
      this.#left = this.#sliceNs;
      const turns = this.#sliceNs * this.hogs;
      this.#user += turns;
      this.#clock.advance(turns);
    }
    this.#left -= rest;
    this.#clock.advance(rest);
  }

  /** The migrating thread sleeps for so long. */
  sleep(nanoseconds: number): void {
    this.sleepUntil(() => false, nanoseconds);
  }

  /** It sleeps until `isOver`, asked after every event, or for `nanoseconds` at most. True when it was over. */
  sleepUntil(isOver: () => boolean, nanoseconds: number): boolean {
    const from = this.#clock.now;
    const until = from + nanoseconds;
    let over = isOver();
    while (!over && this.#clock.next <= until) {
      this.#clock.step();
      over = isOver();
    }
    if (!over && Number.isFinite(until)) this.#clock.advanceTo(until);
    const slept = this.#clock.now - from;
    if (this.hogs > 0) this.#user += slept;
    else this.#idle += slept;
    return over;
  }
}
