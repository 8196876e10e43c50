import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Journal } from '../../src/linux/journal.js';
import { libc } from '../../src/linux/libc.js';
import { LinuxMachine } from '../../src/linux/linux-machine.js';
import { advise, MADV_POPULATE_WRITE, reserve } from '../../src/linux/mman.js';
import { Scratch } from '../../src/linux/scratch.js';
import { Batch } from '../../src/mm/batch.js';
import { FolioList } from '../../src/mm/folio-list.js';
import { FOLIO_ISOLATED, FOLIO_UNMAPPED } from '../../src/mm/folio-state.js';
import { PAGE_SIZE, PMD_SIZE } from '../../src/mm/page.js';

const PAGES = 64;
const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };

/** A machine with a region, and the marks that its pages bear; all as a thread would have left it. */
function scene() {
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
    watermarkPages: 512,
    copy: 'fast',
    journal: buffer,
  });
  const spans = [{ address: memory.address, pages: PAGES }];
  const space = machine.attach(spans, 0);
  const list = new FolioList();
  // Two runs with a gap, so that the journal has more than one entry.
  for (let i = 0; i < PAGES; i++) if (i !== 20) list.push(memory.address / PAGE_SIZE + i, 0);
  const batch = new Batch(space, 512);
  batch.refill(list, 0, 512);
  machine.begin(space);
  for (let i = 0; i < batch.length; i++) {
    assert.equal(machine.isolate(batch, i), 0);
    batch.state[i] = FOLIO_ISOLATED;
    assert.equal(machine.takeDestination(batch, i, 1), 0);
  }
  const read = (page: number): number => {
    c.memcpy(mark.address, memory.address + page * PAGE_SIZE, 4);
    return mark.u32[0]!;
  };
  return { machine, batch, journal: new Journal(buffer), spans, read };
}

function markReady({ machine, batch }: ReturnType<typeof scene>, count: number): void {
  for (let i = 0; i < count; i++) {
    machine.copyFrames(batch.dst[i]!, batch.src[i]!, 1);
    batch.ready[i] = 1;
  }
}

test('a thread that ends with every page out: they all come back', () => {
  const s = scene();
  s.machine.unmap(s.batch);
  assert.ok(s.batch.state.subarray(0, s.batch.length).every((state) => state === FOLIO_UNMAPPED));
  assert.equal(s.journal.rescue(s.spans), PAGES - 1);
  for (let i = 0; i < PAGES; i++) assert.equal(s.read(i), 1000 + i);
});

test('a thread that ends while it maps: what has arrived stays, the rest comes back', () => {
  const s = scene();
  s.machine.unmap(s.batch);
  markReady(s, 10);
  s.machine.map(s.batch);
  assert.equal(s.journal.rescue(s.spans), PAGES - 1 - 10);
  for (let i = 0; i < PAGES; i++) assert.equal(s.read(i), 1000 + i);
});

test('a thread that ends before it takes a page out, or after all are back, leaves nothing to do', () => {
  const before = scene();
  assert.equal(before.journal.rescue(before.spans), 0);
  const after = scene();
  after.machine.unmap(after.batch);
  after.machine.restore(after.batch);
  assert.equal(after.journal.rescue(after.spans), 0);
  for (let i = 0; i < PAGES; i++) assert.equal(after.read(i), 1000 + i);
});

test('the memory is ordinary memory afterwards: an untouched page can be touched', () => {
  const s = scene();
  s.machine.unmap(s.batch);
  s.journal.rescue(s.spans);
  const { address } = s.spans[0]!;
  assert.equal(advise(address, PAGE_SIZE, 4 /* MADV_DONTNEED */), 0);
  assert.equal(s.read(0), 0);
});
