/**
 * Virtual time in nanoseconds, and its events. Two events of the same time happen in the order of their calls of `after`. So
 * a run is the same every time.
 */
export class VirtualClock {
  #now = 0;
  #serial = 0;
  /** A binary heap by time, then by number. */
  #times: number[] = [];
  #serials: number[] = [];
  #actions: (() => void)[] = [];

  get now(): number {
    return this.#now;
  }

  /** Number of events to come. */
  get pending(): number {
    return this.#times.length;
  }

  /** The time of the next event; infinity when there is none. */
  get next(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Runs `action` `nanoseconds` from now. */
  after(nanoseconds: number, action: () => void): void {
    this.#push(this.#now + Math.max(0, nanoseconds), action);
  }

  /** Advances the time, and runs the events until then. */
  advance(nanoseconds: number): void {
    this.advanceTo(this.#now + nanoseconds);
  }

  advanceTo(time: number): void {
    while (this.next <= time) this.step();
    if (time > this.#now) this.#now = time;
  }

  /** Advances to the next event and runs it. False when there is none. */
  step(): boolean {
    const action = this.#actions[0];
    if (action === undefined) return false;
    this.#now = Math.max(this.#now, this.#times[0]!);
    this.#pop();
    action();
    return true;
  }

  #push(time: number, action: () => void): void {
    let at = this.#times.length;
    const serial = this.#serial++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent]! <= time) break;
      this.#move(at, parent);
      at = parent;
    }
    this.#times[at] = time;
    this.#serials[at] = serial;
    this.#actions[at] = action;
  }

  #pop(): void {
    const last = this.#times.length - 1;
    const time = this.#times[last]!;
    const serial = this.#serials[last]!;
    const action = this.#actions[last]!;
    this.#times.length = last;
    this.#serials.length = last;
    this.#actions.length = last;
    if (last === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isBefore(child + 1, this.#times[child]!, this.#serials[child]!)) child++;
      if (!this.#isBefore(child, time, serial)) break;
      this.#move(at, child);
      at = child;
    }
    this.#times[at] = time;
    this.#serials[at] = serial;
    this.#actions[at] = action;
  }

  #isBefore(at: number, time: number, serial: number): boolean {
    return this.#times[at]! < time || (this.#times[at] === time && this.#serials[at]! < serial);
  }

  #move(to: number, from: number): void {
    this.#times[to] = this.#times[from]!;
    this.#serials[to] = this.#serials[from]!;
    this.#actions[to] = this.#actions[from]!;
  }
}
