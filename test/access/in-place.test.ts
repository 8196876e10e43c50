import { IN_PLACE_ON_REAL_MEMORY_CASES, inPlaceOnRealMemory } from './support/in-place-scenes.js';

inPlaceOnRealMemory(IN_PLACE_ON_REAL_MEMORY_CASES.slice(0, 1));
