import { accessConformance } from './conformance.js';
import { onRealMemory, onSimulatedMemory } from './watched-memory.js';

accessConformance('hint on real memory, page by page', onRealMemory(false, 'never'));
accessConformance('hint on real memory with huge pages', onRealMemory(true, 'auto'));
accessConformance('hint on simulated memory with page tables', onSimulatedMemory(true));
accessConformance('hint on simulated memory', onSimulatedMemory(false));
