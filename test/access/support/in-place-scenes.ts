import { test } from 'node:test';
import { HostMarks } from '../../../src/linux/accessed/host-marks.js';
import { inPlaceConformance } from '../in-place-conformance.js';
import { inPlace, onRealMemory } from '../watched-memory.js';

export const IN_PLACE_ON_REAL_MEMORY_CASES = ['referenced', 'written', 'idle'] as const;

// `damon` samples, so it cannot count: sampling-conformance.ts.
export function inPlaceOnRealMemory(cases: readonly (typeof IN_PLACE_ON_REAL_MEMORY_CASES)[number][]): void {
  for (const name of cases) {
    const { problem } = HostMarks.probe(name);
    if (problem === undefined) {
      inPlaceConformance(`${name} on real memory`, onRealMemory(false, 'auto', inPlace(name)));
    } else {
      test(`${name} on real memory`, { skip: problem }, () => undefined);
    }
  }
}
