import { test } from 'node:test';
import { assertContent, fill } from './content.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './fixture.js';
import { type FOLIO_SIZES, migrateUnderLoad } from './live.js';
import { WASM_PAGE, wasmMemory } from './wasm.js';

export function liveWasmMemory(cases: readonly (typeof FOLIO_SIZES)[number][]): void {
  for (const folioSize of cases) {
    test(`a shared WebAssembly.Memory loses no update with folios of ${folioSize}`, LIMIT, async () => {
      await withFerry({}, async (ferry) => {
        await ferry.registerMigrator({ name: 'cpu' });
        const pages = (16 * MIB) / WASM_PAGE;
        const memory = wasmMemory({ initial: pages, maximum: 2 * pages, shared: true });
        await migrateUnderLoad(ferry, memory, memory.buffer as SharedArrayBuffer, folioSize, 2);
      });
    });

    test(`an unshared WebAssembly.Memory is used while folios of ${folioSize} move`, LIMIT, async () => {
      await withFerry({}, async (ferry) => {
        const memory = wasmMemory({ initial: (8 * MIB) / WASM_PAGE, maximum: 1024 });
        const region = ferry.adopt(memory, { folioSize });
        fill(memory.buffer);
        for (let round = 1; round <= 6; round++) {
          const moving = region.migrate({ to: round % 2 });
          // The main thread itself waits when it meets a page in flight.
          assertContent(memory.buffer, round - 1);
          fill(memory.buffer, round);
          assertAllMoved(region, await moving);
          assertContent(memory.buffer, round);
        }
      });
    });
  }
}
