import { FOLIO_SIZES } from './support/live.js';
import { liveWasmMemory } from './support/live-wasm-scenes.js';

liveWasmMemory(FOLIO_SIZES.slice(0, 1));
