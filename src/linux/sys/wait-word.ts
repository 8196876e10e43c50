import type { Futex } from './futex.js';
import { type Address, libc } from './libc.js';

/**
 * How long a thread looks at a word before it sleeps on it: about what it costs to be woken (docs/performance.md).
 * Who is woken again and again then never pays much more than twice the least that it could have.
 */
const SPIN_NS = 100_000;
/** Looks between two looks at the clock. */
const SPINS = 64;

/**
 * Waits until the word at `words[index]` is not `seen` any more, `nanoseconds` at most: spins briefly, then sleeps.
 * While it sleeps, `words[sleepers]` is counted up, so that who changes the word knows whether to wake anybody.
 * Returns the word as it is then.
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
    // Whoever else could run on this processor comes first: it may be the thread that is waited for.
    yieldProcessor();
  } while (performance.now() - started < spin);
  const left = nanoseconds - (performance.now() - started) * 1e6;
  if (left <= 0) return Atomics.load(words, index);
  Atomics.add(words, sleepers, 1);
  // The word is looked at once more by the kernel: who changed it before saw no sleeper, who changes it now does.
  if (Atomics.load(words, index) === seen) futex.wait(address + index * 4, seen, left);
  Atomics.sub(words, sleepers, 1);
  return Atomics.load(words, index);
}

/** Changes the word at `words[index]` and wakes who sleeps on it. */
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
