import { FAST, type PolicyInput } from './policy.js';

/** Nanoseconds that a thread saves by each access to the fast node instead of the next one. Negative if that is loaded more. */
export function accessSaving({ nodes, overlap }: PolicyInput): number {
  return (nodes[FAST + 1]!.accessNs - nodes[FAST]!.accessNs) / Math.max(1, overlap);
}

/** The rate of a unit, 0 if it is unknown. */
export function rateOf({ heat }: PolicyInput, unit: number): number {
  return Math.max(heat.rate[unit]! || 0, 0);
}

/** Part of the accesses that go to the fast node, from 0 to 1. 0 if no access is known. */
export function fastShare(input: PolicyInput): number {
  let fast = 0;
  let all = 0;
  for (let unit = 0; unit < input.nodeOf.length; unit++) {
    const rate = rateOf(input, unit);
    all += rate;
    if (input.nodeOf[unit] === FAST) fast += rate;
  }
  return all === 0 ? 0 : fast / all;
}
