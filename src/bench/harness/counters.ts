/**
 * The first value of the counter in a word of memory. It differs from word to word, so that a page in the wrong place, an
 * old page and a lost one (zeros) all show, even before any update.
 */
export function startValue(place: number): number {
  return Math.imul(place + 1, 0x9e3779b1) >>> 2;
}

/** Random updates take many hours to reach this number in one place. */
const MAX_UPDATES = 2 ** 26;

/** Whether a counter can hold this value while random places are being updated. */
export function isPlausible(place: number, value: number): boolean {
  const updates = value - startValue(place);
  return updates >= 0 && updates <= MAX_UPDATES;
}

export function fillCounters(counters: Int32Array, from = 0, to: number = counters.length): void {
  for (let place = from; place < to; place++) counters[place] = startValue(place);
}

/** The sums of the counters, once no thread counts any more. */
export interface Count {
  /** Updates found in the memory. */
  readonly found: number;
  /** Places with impossible values. */
  readonly damaged: number;
}

export function countUpdates(counters: Int32Array, made: number): Count {
  let found = 0;
  let damaged = 0;
  for (let place = 0; place < counters.length; place++) {
    const updates = counters[place]! - startValue(place);
    if (updates < 0 || updates > made) damaged++;
    else found += updates;
  }
  return { found, damaged };
}
