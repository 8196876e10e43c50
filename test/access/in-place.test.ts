import { test } from 'node:test';
import { HostMarks } from '../../src/linux/accessed/host-marks.js';
import { inPlaceConformance } from './in-place-conformance.js';
import { inPlace, onRealMemory, onSimulatedMemory } from './watched-memory.js';

inPlaceConformance('referenced on simulated memory', onSimulatedMemory(false, inPlace('referenced')));

// `damon` samples, so it cannot count: sampling-conformance.ts.
for (const name of ['referenced', 'written', 'idle'] as const) {
  const { problem } = HostMarks.probe(name);
  if (problem === undefined) {
    inPlaceConformance(`${name} on real memory`, onRealMemory(false, 'auto', inPlace(name)));
  } else {
    test(`${name} on real memory`, { skip: problem }, () => undefined);
  }
}
