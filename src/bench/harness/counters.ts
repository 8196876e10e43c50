/**
 * A counter in every word of memory. Each starts at a value of its own, so that a page in the wrong
 * place, an old one and a lost one (which reads as zeros) all show, even where nothing was counted yet.
 */
export function startValue(place: number): number {
  return Math.imul(place + 1, 0x9e3779b1) >>> 2;
}

/** Random updates all over a memory take many hours to come to so many in one place. */
const MAX_UPDATES = 2 ** 26;

/** Whether a counter can hold this value while random places are being updated. */
export function isPlausible(place: number, value: number): boolean {
  const updates = value - startValue(place);
  return updates >= 0 && updates <= MAX_UPDATES;
}

/** All places, or those from `from` on, below `to`. */
export function fillCounters(counters: Int32Array, from = 0, to: number = counters.length): void {
  for (let place = from; place < to; place++) counters[place] = startValue(place);
}

/** What the counters say once nobody counts any more. */
export interface Count {
  /** Updates found in the memory. */
  readonly found: number;
  /** Places whose value cannot come from counting at all. */
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
