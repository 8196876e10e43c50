import { accessConformance } from './conformance.js';
import { onRealMemory } from './watched-memory.js';

accessConformance('hint on real memory', onRealMemory(false, 'auto'));
