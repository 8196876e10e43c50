import type { Futex } from './futex.js';
import { type Address, libc } from './libc.js';

/**
 * How long a thread polls a word before it sleeps on it: about the cost of a wake-up (docs/performance.md). So repeated
 * waits never cost much more than twice the minimum.
 */
const SPIN_NS = 100_000;
/** Polls between two reads of the clock. */
const SPINS = 64;

/**
 * Waits until the word at `words[index]` is not `seen` any more, for up to `nanoseconds`. It spins briefly, then sleeps.
 * While it sleeps, `words[sleepers]` counts it, so that a thread that changes the word knows whether to wake it. Returns
 * the current word.
 */
export function waitWhile(
  words: Int32Array,
  index: number,
  seen: number,
  sleepers: number,
  nanoseconds: number,
  futex: Futex,
  address: Address,
): number {
  const { sched_yield: yieldProcessor } = libc();
  const started = performance.now();
  const spin = Math.min(SPIN_NS, nanoseconds) / 1e6;
  do {
    for (let i = 0; i < SPINS; i++) {
      const word = Atomics.load(words, index);
      if (word !== seen) return word;
    }
    // Lets other threads run on this CPU, perhaps the one that this thread waits for.
    yieldProcessor();
  } while (performance.now() - started < spin);
  const left = nanoseconds - (performance.now() - started) * 1e6;
  if (left <= 0) return Atomics.load(words, index);
  Atomics.add(words, sleepers, 1);
  // The kernel reads the word again. A thread that changed it earlier saw no sleeper, and one that changes it now does.
  if (Atomics.load(words, index) === seen) futex.wait(address + index * 4, seen, left);
  Atomics.sub(words, sleepers, 1);
  return Atomics.load(words, index);
}

/** Changes the word at `words[index]` and wakes the threads that sleep on it. */
export function storeAndWake(
  words: Int32Array,
  index: number,
  value: number,
  sleepers: number,
  futex: Futex,
  address: Address,
): void {
  Atomics.store(words, index, value);
  if (Atomics.load(words, sleepers) > 0) futex.wake(address + index * 4);
}
