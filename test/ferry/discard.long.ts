import { test } from 'node:test';
import { libc } from '../../src/linux/sys/libc.js';
import { MADV_HUGEPAGE, advise as madvise } from '../../src/linux/sys/mman.js';
import { fill } from './support/content.js';
import {
  assertDead,
  DEAD_PART_IS_GIVEN_BACK_CASES,
  deadPartIsGivenBack,
  PARTS_DIE_CASES,
  partsDie,
} from './support/discard-scenes.js';
import { HUGE, LIMIT, PAGE, withFerry } from './support/fixture.js';
import { WASM_PAGE, wasmMemory } from './support/wasm.js';

deadPartIsGivenBack(DEAD_PART_IS_GIVEN_BACK_CASES.slice(1));

partsDie(PARTS_DIE_CASES.slice(1));

test('a part of a huge page dies', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const memory = new SharedArrayBuffer(3 * HUGE);
    const start = Math.ceil(libc().addressOf(new Uint8Array(memory, 0, 1)) / HUGE) * HUGE;
    madvise(start, HUGE, MADV_HUGEPAGE);
    fill(memory);
    const region = ferry.adopt(memory, { folioSize: HUGE });
    const offset = start - libc().addressOf(new Uint8Array(memory, 0, 1)) + 16 * PAGE;
    await region.advise(offset, 100 * PAGE, 'dead');
    assertDead(memory, offset, 100 * PAGE);
  });
});

test('memory that has grown dies to its end', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const memory = wasmMemory({ initial: 16, maximum: 64, shared: true });
    const grown = ferry.adopt(memory);
    memory.grow(16);
    fill(memory.buffer);
    await grown.advise(8 * WASM_PAGE, 24 * WASM_PAGE, 'dead');
    assertDead(memory.buffer, 8 * WASM_PAGE, 24 * WASM_PAGE);
  });
});
