import assert from 'node:assert/strict';
import { advise, MADV_DONTNEED } from '../../../src/linux/sys/mman.js';
import { Pagemap } from '../../../src/linux/sys/pagemap.js';
import { Userfaultfd } from '../../../src/linux/userfaultfd/userfaultfd.js';
import { HUGE, memory, PAGE, poke } from './memory.js';
import { MovingThread } from './moving-thread.js';

export const PAGES = 16;

/** Has arrived already: it is in the program and in its frame. */
export const ARRIVED = 3;

/** Is in neither. */
export const NOWHERE = 5;

export function mark(i: number, salt: number): Uint8Array {
  return new Uint8Array(PAGE).fill(salt + i);
}

/** Pages of a program that are out, in frames, and a userfaultfd that answers EAGAIN: a remap is in progress. */
export async function scene() {
  const pagemap = new Pagemap();
  const uffd = Userfaultfd.openWithReader(pagemap, { address: 0, bytes: 0 });
  // Nobody reads its events: that is what keeps a remap in progress.
  assert.equal(uffd.reader?.endUnnoticed(), true);
  const program = memory(HUGE, false);
  const frames = memory(HUGE, false);
  for (let i = 0; i < PAGES; i++) poke(frames.address + i * PAGE, mark(i, 100));
  poke(program.address + ARRIVED * PAGE, mark(ARRIVED, 200));
  advise(frames.address + NOWHERE * PAGE, PAGE, MADV_DONTNEED);
  for (const { address } of [program, frames]) assert.equal(uffd.register(address, HUGE), 0);
  const other = [memory(HUGE, true), memory(HUGE, false)] as const;
  assert.equal(uffd.register(other[0].address, HUGE), 0);
  const mover = await MovingThread.start({
    from: other[0].address,
    to: other[1].address,
    bytes: HUGE,
    moves: 1,
  });
  mover.go();
  const empty = memory(HUGE, false);
  while (uffd.isRegistered(program.address + NOWHERE * PAGE, empty.address)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const close = async (): Promise<void> => {
    uffd.discardMessages();
    await mover.ended();
    uffd.close();
    pagemap.close();
    for (const { unmap } of [program, frames, ...other, empty]) unmap();
  };
  return { uffd, pagemap, program: program.address, frames: frames.address, close };
}
