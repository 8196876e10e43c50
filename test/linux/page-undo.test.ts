import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageUndo } from '../../src/linux/memory/page-undo.js';
import { HUGE } from './support/memory.js';
import { ARRIVED, PAGES, scene } from './support/page-undo-scenes.js';

test('memory that is not registered any more is left alone', async () => {
  const { uffd, pagemap, program, frames, close } = await scene();
  // As if the program had unmapped it, and somebody else had got the address.
  assert.equal(uffd.unregister(program, HUGE), 0);
  const pageUndo = new PageUndo(uffd, pagemap);
  // The event has been read meanwhile, so that the kernel says that nothing is registered there.
  assert.equal(pageUndo.salvage(program, frames, PAGES), 0);
  const bits = new Uint8Array(PAGES);
  pagemap.read(program, PAGES, bits);
  assert.deepEqual(
    [...bits].flatMap((bit, i) => (bit !== 0 ? [i] : [])),
    [ARRIVED],
  );
  await close();
});
