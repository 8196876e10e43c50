import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { HintSource } from '../../src/access/hint.js';
import { libc } from '../../src/linux/sys/libc.js';
import { MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import type { TableMode } from '../../src/linux/tables/table-policy.js';
import { EventReader } from '../../src/linux/userfaultfd/event-reader.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { CallingThread } from '../linux/support/calling-thread.js';
import { ChangingScene, PAGES } from '../linux/support/changing-scene.js';
import { HUGE, memory, PAGE, peek, poke } from '../linux/support/memory.js';
import { rescuers } from '../linux/support/rescuers.js';
import { assertPattern, pagePattern } from '../machine/page-pattern.js';

const LIMIT = { timeout: 120_000 } as const;
const MADV_FREE = 8;
const [PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_FIXED] = [3, 0x32];
const [MREMAP_MAYMOVE, MREMAP_FIXED] = [1, 2];
/** Pages in the middle of the second page table. */
const [FROM, TO] = [600, 700] as const;
const COUNT = TO - FROM;
const ZEROS = new Uint8Array(PAGE);
const c = libc();

const thread = await CallingThread.start();
after(() => thread.end());

/** Three page tables of a region, all of which are out. */
function watched(
  tables: TableMode,
  order: 0 | 9,
): { scene: ChangingScene; source: HintSource; seen: () => number } {
  const scene = new ChangingScene(tables);
  const { machine, space } = scene;
  const source = new HintSource(machine, machine.touches!, PAGES);
  const units = new FolioList();
  for (let at = 0; at < PAGES; at += 1 << order) units.push(scene.first + at, order);
  machine.begin(space);
  assert.equal(source.arm(space, units), PAGES >> order);
  assert.equal(machine.pagesOut, true);
  const seen = (): number => {
    let count = 0;
    source.watch(1_000_000, 1_000_000);
    source.collect(() => count++);
    assert.equal(machine.pagesOut, false);
    machine.end(space);
    assert.deepEqual(machine.audit(true), []);
    return count;
  };
  return { scene, source, seen };
}

for (const [tables, order, way] of [
  ['always', 9, 'page tables'],
  ['never', 9, 'folios of 2M'],
  ['never', 0, 'pages'],
] as const) {
  for (const [who, rescue] of rescuers) {
    const options = rescue === undefined ? { skip: 'there is none here' } : LIMIT;
    test(`${way}: the migration thread ends while units are out: ${who} brings them back`, options, () => {
      const { scene } = watched(tables, order);
      rescue!(scene.journal);
      scene.assertContent();
    });
  }

  for (const advice of [MADV_DONTNEED, MADV_FREE]) {
    const name = advice === MADV_FREE ? 'MADV_FREE' : 'MADV_DONTNEED';
    test(`${way}: ${name} of a part of what is out: it comes back with zeros`, LIMIT, () => {
      const { scene, seen } = watched(tables, order);
      assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, advice), 0);
      seen();
      for (let i = FROM; i < TO; i++) assert.deepEqual(peek(scene.at(i), PAGE), ZEROS, `page ${i}`);
      scene.assertContent([FROM, TO]);
      scene.close();
    });
  }

  test(`${way}: a part of what is out is unmapped, and somebody else's by then`, LIMIT, () => {
    const { scene, seen } = watched(tables, order);
    assert.equal(thread.callNow('munmap', scene.at(FROM), COUNT * PAGE), 0);
    const content = pagePattern(1, COUNT * PAGE);
    const at = scene.at(FROM);
    assert.equal(c.mmap(at, COUNT * PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_FIXED, -1, 0), at);
    poke(at, content);
    seen();
    assert.deepEqual(peek(at, COUNT * PAGE), content);
    assert.equal(scene.machine.lost(scene.space), true);
    scene.assertContent([FROM, TO]);
    scene.close();
  });

  test(`${way}: another thread moves a part of what is out: it arrives where that is`, LIMIT, () => {
    const { scene, seen } = watched(tables, order);
    const { address: elsewhere } = memory(HUGE, false);
    const bytes = COUNT * PAGE;
    const flags = MREMAP_MAYMOVE | MREMAP_FIXED;
    assert.equal(thread.callNow('mremap', scene.at(FROM), bytes, bytes, flags, elsewhere), elsewhere);
    seen();
    for (let i = FROM; i < TO; i++) assertPattern(peek(elsewhere + (i - FROM) * PAGE, PAGE), scene.first + i);
    scene.assertContent([FROM, TO]);
    scene.close();
  });

  test(`${way}: the event reader ends while units are out: they come back all the same`, LIMIT, () => {
    const { scene, seen } = watched(tables, order);
    assert.equal(EventReader.adopt(scene.journal.reader).endUnnoticed(), true);
    assert.equal(seen(), PAGES >> order);
    scene.assertContent();
    scene.close();
  });
}
