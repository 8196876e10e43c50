import { inPlaceConformance } from './in-place-conformance.js';
import { inPlace, onRealMemory, onSimulatedMemory } from './watched-memory.js';

inPlaceConformance('referenced on real memory', onRealMemory(false, 'auto', inPlace('referenced')));
inPlaceConformance('referenced on simulated memory', onSimulatedMemory(false, inPlace('referenced')));
