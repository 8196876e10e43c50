import '../../ferry/support/watchdog.js';
import { test } from 'node:test';
import { type FuzzTarget, tryTarget } from './target.js';

/** A bounded run of each target, with a seed of its own each time; `npm run fuzz` goes on for longer. */
export function fuzzTests(targets: readonly FuzzTarget[]): void {
  for (const target of targets) {
    test(`fuzz: ${target.name}`, { timeout: 180_000 }, async () => {
      await tryTarget(target, { numRuns: target.runs });
    });
  }
}
