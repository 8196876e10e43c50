import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { AddressSpace } from '../../src/linux/memory/address-space.js';
import { MemoryChanges } from '../../src/linux/memory/memory-changes.js';
import { MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { Pagemap } from '../../src/linux/sys/pagemap.js';
import { VmaQuery } from '../../src/linux/sys/vma-query.js';
import { Userfaultfd } from '../../src/linux/userfaultfd/userfaultfd.js';
import { PROT_READ, PROT_READ_WRITE, protect } from '../ferry/support/system-calls.js';
import { CallingThread } from './support/calling-thread.js';
import { HUGE, memory, PAGE } from './support/memory.js';

const PAGES = HUGE / PAGE;
const thread = await CallingThread.start();
after(() => thread.end());

/** A range that is registered, and what is noted of it. */
function scene() {
  const pagemap = new Pagemap();
  const pools = memory(HUGE, true);
  const uffd = Userfaultfd.openWithReader(pagemap, { address: pools.address, bytes: HUGE });
  const reader = uffd.reader!;
  const vmas = new VmaQuery();
  const empty = memory(HUGE, false);
  assert.equal(uffd.register(pools.address, HUGE), 0);
  const { address, unmap } = memory(HUGE, true);
  const changes = new MemoryChanges({
    uffd,
    pagemap,
    vmas,
    emptyPage: () => empty.address,
    isOwn: () => false,
  });
  const space = new AddressSpace([{ address, pages: PAGES }], 0);
  assert.equal(uffd.register(address, HUGE), 0);
  changes.begin(space);
  const close = (): void => {
    changes.end(space);
    reader.end();
    uffd.close();
    vmas.close();
    pagemap.close();
    for (const each of [unmap, empty.unmap, pools.unmap]) each();
  };
  return { address, reader, changes, space, close };
}

for (const parts of [1, 2, 3, 8]) {
  test(`a range of ${parts} mappings is dropped by a call of our own: nothing of it was given back`, () => {
    const { address, changes, space, close } = scene();
    const bytes = HUGE / 8;
    // Every other part of so many is read-only. The last takes the rest.
    for (let i = 1; i < parts; i += 2)
      protect(address + i * bytes, i === parts - 1 ? HUGE - i * bytes : bytes, PROT_READ);
    changes.dropTable(space, address / PAGE);
    assert.equal(space.hasChanges, false);
    protect(address, HUGE, PROT_READ_WRITE);
    // The same of another thread is a change.
    assert.equal(thread.callNow('madvise', address + PAGE, PAGE, MADV_DONTNEED), 0);
    changes.enter();
    changes.leave();
    assert.equal(space.hasChanges, true);
    close();
  });
}

test('an event that nobody reads for long is waited for in vain; once it is read, the kernel answers as before', async () => {
  const { address, reader, changes, close } = scene();
  assert.equal(changes.awaitEvents(), true);
  reader.lock();
  const called = thread.call('madvise', address, PAGE, MADV_DONTNEED);
  while (changes.awaitEvents()) await new Promise((done) => setTimeout(done, 1));
  assert.equal(changes.awaitEvents(), false);
  assert.equal(changes.awaitEvents(true), false);
  reader.unlock();
  assert.equal(await called, 0);
  while (!reader.hasEvents) await new Promise((done) => setTimeout(done, 1));
  for (const again of [false, true]) assert.equal(changes.awaitEvents(again), true);
  close();
});
