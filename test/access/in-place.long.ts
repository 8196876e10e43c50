import { inPlaceConformance } from './in-place-conformance.js';
import { IN_PLACE_ON_REAL_MEMORY_CASES, inPlaceOnRealMemory } from './support/in-place-scenes.js';
import { inPlace, onSimulatedMemory } from './watched-memory.js';

inPlaceConformance('referenced on simulated memory', onSimulatedMemory(false, inPlace('referenced')));

inPlaceOnRealMemory(IN_PLACE_ON_REAL_MEMORY_CASES.slice(1));
