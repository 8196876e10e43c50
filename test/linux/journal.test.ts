import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_SIZE, PMD_SIZE } from '../../src/common/page.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { JOURNAL_BACK, JOURNAL_STUCK, Journal } from '../../src/linux/rescue/journal.js';
import { rescue } from '../../src/linux/rescue/journal-rescue.js';
import { libc } from '../../src/linux/sys/libc.js';
import { advise, MADV_DONTNEED, MADV_POPULATE_WRITE, reserve } from '../../src/linux/sys/mman.js';
import { Scratch } from '../../src/linux/sys/scratch.js';
import { Batch } from '../../src/mm/pipeline/batch.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { FOLIO_ISOLATED, FOLIO_UNMAPPED } from '../../src/mm/pipeline/folio-state.js';
import { isOpen, rescuers } from './support/rescuers.js';

const PAGES = 64;
const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };

/** A machine with a region, and the marks that its pages bear; all as a thread would have left it. */
function scene(slots = 1) {
  const c = libc();
  const memory = reserve(PMD_SIZE);
  advise(memory.address, PMD_SIZE, MADV_POPULATE_WRITE);
  const mark = new Scratch(64);
  for (let i = 0; i < PAGES; i++) {
    mark.u32[0] = 1000 + i;
    c.memcpy(memory.address + i * PAGE_SIZE, mark.address, 4);
  }
  const buffer = new SharedArrayBuffer(Journal.bytes(512));
  const machine = new LinuxMachine({
    nodes: [node, node],
    windowPages: 512,
    depth: slots,
    maxPoolPages: 512,
    copy: 'fast',
    journal: buffer,
  });
  const space = machine.attach([{ address: memory.address, pages: PAGES }], 0);
  machine.begin(space);
  const batches = Array.from({ length: slots }, (_, slot) => {
    const list = new FolioList();
    // Two runs with a gap, so that the journal has more than one entry.
    for (let i = slot; i < PAGES; i += slots) if (i !== 20) list.push(memory.address / PAGE_SIZE + i, 0);
    const batch = new Batch(space, 512, slot);
    batch.refill(list, 0, 512);
    for (let i = 0; i < batch.length; i++) {
      assert.equal(machine.isolate(batch, i), 0);
      batch.state[i] = FOLIO_ISOLATED;
      assert.equal(machine.takeDestination(batch, i, 1), 0);
    }
    return batch;
  });
  const read = (page: number): number => {
    c.memcpy(mark.address, memory.address + page * PAGE_SIZE, 4);
    return mark.u32[0]!;
  };
  const write = (page: number, value: number): void => {
    mark.u32[0] = value;
    c.memcpy(memory.address + page * PAGE_SIZE, mark.address, 4);
  };
  const { address } = memory;
  return { machine, batches, batch: batches[0]!, journal: new Journal(buffer), address, read, write };
}

function markReady({ machine, batch }: ReturnType<typeof scene>, count: number): void {
  for (let i = 0; i < count; i++) {
    machine.copyFrames(batch.dst[i]!, batch.src[i]!, 1);
    batch.ready[i] = 1;
  }
}

/** mlock2(2) and munlock(2), by number. */
const MLOCK2 = process.arch === 'x64' ? 325 : 284;
const MUNLOCK = process.arch === 'x64' ? 150 : 229;
/** As a plain lock would fault the missing pages in, and wait for them. */
const MLOCK_ONFAULT = 1;

for (const [who, bringBack] of rescuers) {
  const options = bringBack === undefined ? { skip: 'no machine code for this processor' } : {};
  const check = (name: string, body: (bring: (journal: Journal) => void) => void) =>
    test(`${name} (${who})`, options, () => body(bringBack!));

  check('with every page out: they all come back, the descriptor is closed', (bring) => {
    const s = scene();
    s.machine.unmap(s.batch);
    assert.ok(s.batch.state.subarray(0, s.batch.length).every((state) => state === FOLIO_UNMAPPED));
    assert.equal(isOpen(s.journal.descriptor), true);
    bring(s.journal);
    for (let i = 0; i < PAGES; i++) assert.equal(s.read(i), 1000 + i);
    assert.equal(s.journal.state, JOURNAL_BACK);
    assert.equal(isOpen(s.journal.descriptor), false);
  });

  check('while it maps: what has arrived stays, the rest comes back', (bring) => {
    const s = scene();
    s.machine.unmap(s.batch);
    markReady(s, 10);
    s.machine.map(s.batch);
    s.write(3, 77);
    bring(s.journal);
    for (let i = 0; i < PAGES; i++) assert.equal(s.read(i), i === 3 ? 77 : 1000 + i);
  });

  check('before it takes a page out, or after all are back, there is nothing to do', (bring) => {
    const before = scene();
    bring(before.journal);
    for (let i = 0; i < PAGES; i++) assert.equal(before.read(i), 1000 + i);
    const after = scene();
    after.machine.unmap(after.batch);
    after.machine.undo(after.batch);
    bring(after.journal);
    for (let i = 0; i < PAGES; i++) assert.equal(after.read(i), 1000 + i);
  });

  check('two batches out, of which one has lost a page on its way: every page comes back', (bring) => {
    const s = scene(2);
    assert.equal(advise(s.address + 5 * PAGE_SIZE, PAGE_SIZE, MADV_DONTNEED), 0);
    for (const batch of s.batches) s.machine.unmap(batch);
    bring(s.journal);
    for (let i = 0; i < PAGES; i++) assert.equal(s.read(i), i === 5 ? 0 : 1000 + i);
  });

  check('the memory is ordinary memory afterwards: an untouched page can be touched', (bring) => {
    const s = scene();
    s.machine.unmap(s.batch);
    bring(s.journal);
    assert.equal(advise(s.address, PAGE_SIZE, MADV_DONTNEED), 0);
    assert.equal(s.read(0), 0);
  });

  check('a second one finds nothing to do, nor does one of a journal that is nobody’s', (bring) => {
    const s = scene();
    s.machine.unmap(s.batch);
    bring(s.journal);
    s.write(0, 5);
    bring(s.journal);
    assert.equal(rescue(s.journal), 0);
    assert.equal(s.read(0), 5);
    bring(new Journal(new SharedArrayBuffer(Journal.bytes(8))));
  });

  check('a page that cannot be moved any more comes back as content', (bring) => {
    const s = scene();
    s.machine.unmap(s.batch);
    // Locked on one side only: UFFDIO_MOVE refuses with EINVAL.
    const range: [number, number] = [s.address + 8 * PAGE_SIZE, 2 * PAGE_SIZE];
    assert.equal(libc().syscall(MLOCK2, ...range, MLOCK_ONFAULT, 0, 0, 0), 0);
    bring(s.journal);
    if (bring !== rescue) {
      // It has no way to copy: it leaves them where they are, and says so.
      assert.equal(s.journal.state, JOURNAL_STUCK);
      assert.equal(isOpen(s.journal.descriptor), true);
      assert.ok(rescue(s.journal) >= 2);
    }
    assert.equal(libc().syscall(MUNLOCK, ...range, 0, 0, 0, 0), 0);
    assert.equal(s.journal.state, JOURNAL_BACK);
    for (let i = 0; i < PAGES; i++) assert.equal(s.read(i), 1000 + i);
  });
}
