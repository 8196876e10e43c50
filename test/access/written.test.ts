import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, describe, test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { HostMarks } from '../../src/linux/accessed/host-marks.js';
import { rescue } from '../../src/linux/rescue/journal-rescue.js';
import { libc } from '../../src/linux/sys/libc.js';
import {
  advise,
  MADV_DONTNEED,
  MADV_HUGEPAGE,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
} from '../../src/linux/sys/mman.js';
import { Userfaultfd } from '../../src/linux/userfaultfd/userfaultfd.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import type { PageMarksPort } from '../../src/mm/ports/access-port.js';
import { CallingThread } from '../linux/support/calling-thread.js';
import { ChangingScene, PAGES } from '../linux/support/changing-scene.js';
import { HUGE, memory, PAGE, peek, poke } from '../linux/support/memory.js';
import { rescuers } from '../linux/support/rescuers.js';

const [MREMAP_MAYMOVE, MREMAP_FIXED] = [1, 2];
const WINDOW_NS = 1_000_000;
/** Pages in the second of three page tables. */
const [FROM, TO] = [600, 700] as const;
const ONE = new Uint8Array([1]);

const { problem } = HostMarks.probe('written');
const thread = await CallingThread.start();
after(() => thread.end());

/** Three units of 2 MiB, whose writes are watched. */
class Watch {
  readonly scene = new ChangingScene('auto');
  readonly marks: PageMarksPort = this.scene.machine.marks('written');

  arm(): number {
    const units = new FolioList();
    for (let at = 0; at < PAGES; at += 512) units.push(this.scene.first + at, 9);
    return this.marks.arm(this.scene.space, units, WINDOW_NS);
  }

  /** Written pages of each unit that is reported. */
  collect(): Record<number, number> {
    const seen: Record<number, number> = {};
    this.marks.collect((page, pages, written, single) => {
      assert.deepEqual([pages, single], [512, false]);
      seen[(page - this.scene.first) / 512] = written;
    });
    return seen;
  }

  /** 0 if nothing has the range registered, or the negative errno. The range is ordinary afterwards. */
  register(address: number = this.scene.address, bytes: number = PAGES * PAGE): number {
    const other = Userfaultfd.openAsync();
    const error = other.register(address, bytes, 'protected');
    other.close();
    return error;
  }

  close(): void {
    this.scene.machine.detach(this.scene.space);
    this.scene.machine.close();
  }
}

describe('written', { skip: problem ?? false, timeout: 120_000 }, () => {
  const behaves = (behaviour: string, check: (watch: Watch) => void): void => {
    test(behaviour, () => {
      const watch = new Watch();
      check(watch);
      watch.close();
    });
  };

  behaves('the range is registered while it is watched, and only then', (watch) => {
    const { machine, space } = watch.scene;
    assert.equal(watch.arm(), 3);
    assert.equal(watch.register(), -ERRNO.EBUSY);
    assert.deepEqual(watch.collect(), { 0: 0, 1: 0, 2: 0 });
    assert.equal(watch.register(), 0, 'after collect');
    watch.arm();
    machine.begin(space);
    machine.end(space);
    assert.equal(watch.register(), 0, 'after a migration');
    assert.deepEqual(watch.collect(), {});
  });

  test('nothing is registered once the region is released, or the machine is closed', () => {
    const watch = new Watch();
    watch.arm();
    watch.scene.machine.detach(watch.scene.space);
    assert.equal(watch.register(), 0);
    watch.scene.machine.close();
  });

  for (const [who, rescueBy] of rescuers) {
    const skip = rescueBy === undefined && 'there is none here';
    test(`the thread ends while it watches: no writer waits, and ${who} ends the registration`, {
      skip,
    }, () => {
      const watch = new Watch();
      watch.arm();
      const { scene } = watch;
      poke(scene.at(FROM), ONE);
      assert.equal(thread.callNow('madvise', scene.at(TO), PAGE, MADV_POPULATE_WRITE), 0);
      rescueBy!(scene.journal);
      assert.equal(watch.register(), 0);
      assert.equal(rescue(scene.journal), 0);
      assert.equal(peek(scene.at(FROM), 1)[0], 1);
      scene.assertContent([FROM, FROM + 1]);
    });
  }

  behaves('memory that another userfaultfd has registered is not watched, and stays registered', (watch) => {
    const other = Userfaultfd.openAsync();
    assert.equal(other.register(watch.scene.at(FROM), PAGE, 'protected'), 0);
    assert.equal(watch.arm(), 0);
    assert.deepEqual(watch.collect(), {});
    assert.equal(watch.register(watch.scene.at(FROM), PAGE), -ERRNO.EBUSY);
    other.close();
    assert.equal(watch.arm(), 3);
  });

  behaves('reading a hole is not a write, and a page that was dropped is not a written one', (watch) => {
    const { scene } = watch;
    assert.equal(advise(scene.at(FROM), 2 * PAGE, MADV_DONTNEED), 0);
    watch.arm();
    assert.equal(advise(scene.at(FROM), PAGE, MADV_POPULATE_READ), 0);
    assert.equal(advise(scene.at(0), 512 * PAGE, MADV_DONTNEED), 0);
    poke(scene.at(3), ONE);
    assert.deepEqual(watch.collect(), { 0: 1, 1: 0, 2: 0 });
  });

  behaves('a huge page counts the pages written to, and is split by the first of them', (watch) => {
    const { scene } = watch;
    const bytes = PAGES * PAGE;
    advise(scene.address, bytes, MADV_DONTNEED);
    advise(scene.address, bytes, MADV_HUGEPAGE);
    assert.equal(advise(scene.address, bytes, MADV_POPULATE_WRITE), 0);
    const isHuge = () => [0, 512, 1024].map((at) => scene.machine.isHuge(scene.first + at));
    if (!isHuge().every(Boolean)) return;
    watch.arm();
    peek(scene.at(FROM), PAGE);
    assert.deepEqual(isHuge(), [true, true, true], 'protecting and reading split nothing');
    for (const page of [FROM, FROM, TO]) poke(scene.at(page), ONE);
    // Linux 6.8 to 7.1 take it for one that is still there, and not written to.
    advise(scene.at(1024), HUGE, MADV_DONTNEED);
    assert.deepEqual(watch.collect(), { 0: 0, 1: 2, 2: 0 });
    assert.deepEqual(isHuge(), [true, false, false]);
  });

  behaves('a unit of which a part was unmapped or has moved is left out', (watch) => {
    const { scene } = watch;
    const { address: elsewhere } = memory(HUGE, false);
    const bytes = (TO - FROM) * PAGE;
    watch.arm();
    const flags = MREMAP_MAYMOVE | MREMAP_FIXED;
    assert.equal(thread.callNow('mremap', scene.at(FROM), bytes, bytes, flags, elsewhere), elsewhere);
    poke(elsewhere, ONE);
    for (const page of [5, 1030, 1031]) poke(scene.at(page), ONE);
    assert.deepEqual(watch.collect(), { 0: 1, 2: 2 });
    assert.equal(watch.register(elsewhere, bytes), 0);
    assert.equal(libc().munmap(scene.at(1030), PAGE), 0);
    assert.equal(watch.arm(), 3);
    assert.deepEqual(watch.collect(), { 0: 0 });
  });

  behaves('a child process changes nothing', (watch) => {
    const { scene } = watch;
    watch.arm();
    poke(scene.at(FROM), ONE);
    assert.equal(spawnSync('true').status, 0);
    poke(scene.at(TO), ONE);
    assert.deepEqual(watch.collect(), { 0: 0, 1: 2, 2: 0 });
  });
});
