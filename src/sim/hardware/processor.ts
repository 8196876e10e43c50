import type { VirtualClock } from './virtual-clock.js';

/** The time of a processor by its use, in nanoseconds. */
export interface ProcessorTimes {
  /** Time in the kernel, which is that of the migrating thread. */
  readonly sys: number;
  /** Time in programs that compete for the processor. */
  readonly user: number;
  readonly idle: number;
}

/**
 * The processor of the migrating thread, and its scheduler. Ready threads take turns of one slice each. When the migrating
 * thread wakes, it preempts the others and continues with the rest of its slice. It gets no compensation for its sleep.
 */
export class Processor {
  /** Programs that count in an endless loop on it. */
  hogs = 0;
  /** How much longer the migrating thread's work takes because other threads of the machine need its processor. */
  slowdown: (() => number) | undefined;
  readonly #clock: VirtualClock;
  readonly #sliceNs: number;
  #left: number;
  #sys = 0;
  #user = 0;
  #idle = 0;
  #slept = 0;

  constructor(clock: VirtualClock, sliceNs: number) {
    this.#clock = clock;
    this.#sliceNs = sliceNs;
    this.#left = sliceNs;
  }

  get times(): ProcessorTimes {
    return { sys: this.#sys, user: this.#user, idle: this.#idle };
  }

  /** How long the last sleep was. */
  get sleptNs(): number {
    return this.#slept;
  }

  /** The migrating thread works for `nanoseconds`, without the turns of other threads. */
  spend(nanoseconds: number): void {
    if (nanoseconds <= 0) return;
    if (this.slowdown !== undefined) {
      const others = (this.slowdown() - 1) * nanoseconds;
      this.#user += others;
      this.#clock.advance(others);
    }
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

  sleep(nanoseconds: number): void {
    this.sleepUntil(() => false, nanoseconds);
  }

  /** Sleeps until `isOver`, which is called after every event, at most for `nanoseconds`. Returns the last result. */
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
    this.#slept = slept;
    if (this.hogs > 0) this.#user += slept;
    else this.#idle += slept;
    return over;
  }
}
