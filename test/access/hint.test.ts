import { accessConformance } from './conformance.js';
import { onRealMemory, onSimulatedMemory } from './watched-memory.js';

accessConformance('hint on real memory', onRealMemory(false, 'auto'));
accessConformance('hint on simulated memory', onSimulatedMemory(false));
