import assert from 'node:assert/strict';
import { after, mock, test } from 'node:test';
import { ERRNO } from '../../src/common/errno.js';
import { DROP_MS } from '../../src/linux/memory/address-space.js';
import { MemoryChanges } from '../../src/linux/memory/memory-changes.js';
import { PinSuspects } from '../../src/linux/pins/pin-suspects.js';
import { ReaderWatch } from '../../src/linux/rescue/reader-watch.js';
import { libc } from '../../src/linux/sys/libc.js';
import { MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import type { Pagemap } from '../../src/linux/sys/pagemap.js';
import { remap } from '../../src/linux/sys/remap.js';
import { EventReader } from '../../src/linux/userfaultfd/event-reader.js';
import { UFFD_EVENT_UNMAP, Userfaultfd } from '../../src/linux/userfaultfd/userfaultfd.js';
import { HandMigration } from '../machine/hand-migration.js';
import { assertPattern, pagePattern } from '../machine/page-pattern.js';
import { CallingThread } from './support/calling-thread.js';
import { ChangingScene, PAGES } from './support/changing-scene.js';
import { HUGE, memory, PAGE, peek, poke } from './support/memory.js';
import { ProgramThread } from './support/program-thread.js';
import { rescuers } from './support/rescuers.js';

const LIMIT = { timeout: 120_000 } as const;
const MADV_FREE = 8;
/** mmap(2) and mremap(2). */
const [PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_FIXED] = [3, 0x32];
const [MREMAP_MAYMOVE, MREMAP_FIXED] = [1, 2];
/** Pages in the middle of the second page table. */
const [FROM, TO] = [600, 700] as const;
const COUNT = TO - FROM;
const c = libc();

const thread = await CallingThread.start();
after(() => thread.end());

const ZEROS = new Uint8Array(PAGE);

function assertZeros(scene: ChangingScene): void {
  for (let i = FROM; i < TO; i++) assert.deepEqual(peek(scene.at(i), PAGE), ZEROS, `page ${i}`);
}

/** Somebody else's memory in the place of a part of the region. */
function otherMemory(scene: ChangingScene): Uint8Array {
  const { mmap } = c;
  const at = scene.at(FROM);
  assert.equal(mmap(at, COUNT * PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_FIXED, -1, 0), at);
  const content = pagePattern(1, COUNT * PAGE);
  poke(at, content);
  return content;
}

for (const tables of ['never', 'always'] as const) {
  const way = tables === 'never' ? 'page by page' : 'by page table';

  for (const advice of [MADV_DONTNEED, MADV_FREE]) {
    const name = advice === MADV_FREE ? 'MADV_FREE' : 'MADV_DONTNEED';

    test(`${way}: ${name} of pages that are out: they come back with zeros`, LIMIT, () => {
      const scene = new ChangingScene(tables);
      const giveBack = () => assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, advice), 0);
      const outcome = scene.migrate(1, 'map', giveBack);
      assert.deepEqual([outcome.moved, outcome.absent, outcome.failed], [PAGES, 0, {}]);
      assert.equal(outcome.tables, tables === 'never' ? 0 : PAGES / 512);
      assertZeros(scene);
      scene.assertContent([FROM, TO]);
      // Not by the next migration either.
      for (let i = FROM; i < TO; i++) poke(scene.at(i), pagePattern(scene.first + i, PAGE));
      assert.equal(scene.migrate(0, 'never', () => undefined).moved, PAGES);
      scene.assertContent();
      scene.close();
    });

    test(`${way}: ${name} before pages leave: they stay, and count as never touched`, LIMIT, () => {
      const scene = new ChangingScene(tables);
      const outcome = scene.migrate(1, 'unmap', () => {
        assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, advice), 0);
      });
      assert.deepEqual([outcome.moved, outcome.absent, outcome.failed], [PAGES - COUNT, COUNT, {}]);
      if (advice === MADV_DONTNEED) assertZeros(scene);
      scene.assertContent([FROM, TO]);
      // The thread may not have dropped them yet, as far as anybody knows.
      for (let i = FROM; i < TO; i++) poke(scene.at(i), pagePattern(scene.first + i, PAGE));
      const { now } = performance;
      const started = now.call(performance);
      mock.method(performance, 'now', () => started);
      const soon = scene.migrate(0, 'never', () => undefined);
      assert.deepEqual([soon.moved, soon.absent], [PAGES - COUNT, COUNT]);
      mock.method(performance, 'now', () => started + 1001);
      assert.equal(scene.migrate(1, 'never', () => undefined).moved, PAGES);
      scene.assertContent();
      scene.close();
    });
  }

  test(`${way}: MADV_DONTNEED of pages that go back where they were: zeros`, LIMIT, () => {
    const scene = new ChangingScene(tables);
    const { machine } = scene;
    const outcome = scene.migrate(1, 'map', () => {
      assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, MADV_DONTNEED), 0);
      // Nothing is ready to be mapped: all of it is undone.
      const { map } = machine;
      machine.map = (batch) => {
        batch.degrade();
        batch.ready.fill(0);
        map.call(machine, batch);
        machine.map = map;
      };
    });
    assert.equal(outcome.moved + Object.values(outcome.failed).reduce((a, b) => a + b, 0), PAGES);
    assertZeros(scene);
    scene.assertContent([FROM, TO]);
    scene.close();
  });

  test(`${way}: MADV_DONTNEED while a batch is write-protected: zeros`, LIMIT, () => {
    for (const step of ['protect', 'unmap', 'map'] as const) {
      const scene = new ChangingScene(tables);
      const outcome = scene.migrate(
        1,
        step,
        () => assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, MADV_DONTNEED), 0),
        { writeProtected: true },
      );
      assert.equal(outcome.moved + outcome.absent, PAGES, step);
      assertZeros(scene);
      scene.assertContent([FROM, TO]);
      scene.close();
    }
  });

  test(`${way}: a part is unmapped, and somebody else's by then: nothing of it is touched`, LIMIT, () => {
    for (const step of ['unmap', 'map'] as const) {
      const scene = new ChangingScene(tables);
      let content: Uint8Array = new Uint8Array();
      const outcome = scene.migrate(1, step, () => {
        assert.equal(thread.callNow('munmap', scene.at(FROM), COUNT * PAGE), 0);
        content = otherMemory(scene);
      });
      assert.deepEqual(outcome.failed, { ESTALE: COUNT }, step);
      assert.equal(outcome.moved, PAGES - COUNT, step);
      assert.deepEqual(peek(scene.at(FROM), COUNT * PAGE), content);
      scene.assertContent([FROM, TO]);
      assert.equal(scene.machine.lost(scene.space), true);
      assert.throws(() => scene.machine.begin(scene.space), { code: 'ESTALE' });
      scene.close();
    }
  });

  for (const writeProtected of [false, true]) {
    const what = writeProtected ? 'to write to' : 'for';
    test(
      `${way}: a thread waits ${what} a part that is replaced: it continues in the new memory`,
      LIMIT,
      async () => {
        const waiter = await ProgramThread.start();
        const scene = new ChangingScene(tables);
        const page = scene.at(FROM) / PAGE;
        let content: Uint8Array = new Uint8Array();
        const replace = () => {
          waiter.begin(page, writeProtected ? pagePattern(5, PAGE) : undefined);
          // It waits in the fault, or comes later.
          for (let tries = 0; tries < 100 && !waiter.sleepsIn.includes('userfault'); tries++) c.usleep(5000);
          assert.equal(waiter.isDone, false);
          assert.equal(thread.callNow('munmap', scene.at(FROM), COUNT * PAGE), 0);
          content = otherMemory(scene);
        };
        scene.migrate(1, writeProtected ? 'unmap' : 'map', replace, { writeProtected });
        const read = await waiter.done();
        if (writeProtected) assertPattern(peek(scene.at(FROM), PAGE), 5);
        else assert.deepEqual(read, content.slice(0, PAGE));
        await waiter.terminate();
        scene.assertContent([FROM, TO]);
        scene.close();
      },
    );
  }

  test(
    `${way}: another thread moves a part by mremap while it is out: it arrives where that is`,
    LIMIT,
    () => {
      const scene = new ChangingScene(tables);
      const { address: elsewhere } = memory(HUGE, false);
      const outcome = scene.migrate(1, 'map', () => {
        const flags = MREMAP_MAYMOVE | MREMAP_FIXED;
        const bytes = COUNT * PAGE;
        assert.equal(thread.callNow('mremap', scene.at(FROM), bytes, bytes, flags, elsewhere), elsewhere);
      });
      assert.deepEqual([outcome.moved, outcome.failed], [PAGES - COUNT, { ESTALE: COUNT }]);
      for (let i = FROM; i < TO; i++) {
        assertPattern(peek(elsewhere + (i - FROM) * PAGE, PAGE), scene.first + i);
      }
      // A hole there is a page of zeros, and nobody waits.
      assert.equal(c.madvise(elsewhere, PAGE, MADV_DONTNEED), 0);
      assert.deepEqual(peek(elsewhere, PAGE), ZEROS);
      scene.assertContent([FROM, TO]);
      scene.close();
    },
  );
}

test("registered by a batch, and somebody else's by then: ordinary memory afterwards", LIMIT, async () => {
  const waiter = await ProgramThread.start();
  const scene = new ChangingScene('never');
  const { machine, space } = scene;
  machine.begin(space, { writeProtected: true });
  // It begins in the first page table. The batch has the second one.
  const [from, to] = [500, 530];
  const at = scene.at(from);
  const bytes = (to - from) * PAGE;
  assert.equal(thread.callNow('mmap', at, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_FIXED, -1, 0), at);
  machine.resolveHoles();
  const table = Array.from({ length: 512 }, (_, i) => [scene.first + 512 + i, 0] as const);
  machine.writeProtection!.beginCutover!(new HandMigration(machine, space, table).batch);
  machine.end(space);
  for (let i = from; i < to; i++) {
    waiter.begin(scene.first + i, pagePattern(i, PAGE));
    await waiter.done();
    assertPattern(peek(scene.at(i), PAGE), i);
  }
  await waiter.terminate();
  scene.assertContent([from, to]);
  scene.close();
});

test('folios of 64K: what is left of one of which a part was given back moves', LIMIT, () => {
  for (const step of ['unmap', 'map'] as const) {
    const scene = new ChangingScene('never');
    const giveBack = () => {
      assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, MADV_DONTNEED), 0);
    };
    const outcome = scene.migrate(1, step, giveBack, { order: 4 });
    assert.equal(outcome.moved, step === 'map' ? PAGES : PAGES - COUNT);
    assert.deepEqual(outcome.failed, {});
    assertZeros(scene);
    scene.assertContent([FROM, TO]);
    scene.close();
  }
});

for (const writeProtected of [false, true]) {
  const mode = writeProtected ? 'write-protected' : 'exclusive';
  // The change returns before the mremap is called. So the reader, which waits for its effect, gives up.
  test(`${mode}: pages that go before their page table leaves are no free pages`, LIMIT, () => {
    let armed = false;
    const scene: ChangingScene = new ChangingScene('always', false, (from, to, bytes) => {
      if (armed && from === scene.address) {
        armed = false;
        assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, MADV_DONTNEED), 0);
      }
      return remap(from, to, bytes);
    });
    // So that the places where page tables wait are ready.
    scene.migrate(1, 'never', () => undefined);
    armed = true;
    const outcome = scene.migrate(0, 'never', () => undefined, { writeProtected });
    assert.equal(armed, false, 'no page table has left');
    assert.equal(outcome.moved, PAGES);
    assertZeros(scene);
    scene.assertContent([FROM, TO]);
    // Nothing that is not there is handed out.
    for (let i = FROM; i < TO; i++) poke(scene.at(i), pagePattern(scene.first + i, PAGE));
    for (const to of [1, 0, 1]) assert.equal(scene.migrate(to, 'never', () => undefined).moved, PAGES);
    scene.assertContent();
    scene.close();
  });
}

/** A batch of page tables leaves, and goes back because somebody may pin. */
function leaveAndReturn(scene: ChangingScene, meanwhile: () => void): void {
  let looks = 0;
  // So that the places where page tables wait are ready.
  mock.method(PinSuspects.prototype, 'mayPin', () => false);
  assert.equal(scene.migrate(1, 'never', () => undefined).tables, PAGES / 512);
  mock.method(PinSuspects.prototype, 'mayPin', () => {
    if (looks++ === 0) meanwhile();
    return true;
  });
  // On a slow host the policy tries again, and what has left page by page may still arrive in page tables.
  scene.migrate(0, 'never', () => undefined);
  assert.ok(looks > 0, 'no page table has left');
}

test('page tables that go back: what was given back while they were out is zero', LIMIT, () => {
  const scene = new ChangingScene('auto');
  leaveAndReturn(scene, () => {
    assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, MADV_DONTNEED), 0);
  });
  assertZeros(scene);
  scene.assertContent([FROM, TO]);
  scene.close();
});

test('what was given back long before, and written since, is kept', LIMIT, () => {
  const scene = new ChangingScene('auto');
  const { machine, space } = scene;
  machine.begin(space);
  assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, MADV_DONTNEED), 0);
  machine.resolveHoles();
  machine.end(space);
  for (let i = FROM; i < TO; i++) poke(scene.at(i), pagePattern(scene.first + i, PAGE));
  // For a moment they are not taken out at all.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DROP_MS + 100);
  for (const to of [1, 0]) assert.equal(scene.migrate(to, 'never', () => undefined).moved, PAGES);
  scene.assertContent();
  scene.close();
});

/** Whether a range holds the pages that are given back. */
const holds = (scene: ChangingScene, address: number, bytes: number) =>
  address <= scene.at(FROM) && scene.at(TO) <= address + bytes;

for (const [when, mode, ready, back] of [
  ['leaves for its place to be made ready', 'exclusive', false, false],
  ['leaves for its place to be made ready', 'write-protected', false, false],
  ['is back after its place was made ready', 'exclusive', false, true],
  ['leaves', 'exclusive', true, false],
  ['leaves', 'write-protected', true, false],
  ['arrives', 'exclusive', true, true],
  ['arrives', 'write-protected', true, true],
] as const) {
  for (const advice of [MADV_DONTNEED, MADV_FREE]) {
    const name = advice === MADV_FREE ? 'MADV_FREE' : 'MADV_DONTNEED';
    test(`${mode}: ${name} as a page table ${when}: it waits, and then the pages are zeros`, LIMIT, () => {
      let armed = false;
      let call: ReturnType<typeof thread.begin> | undefined;
      let sleeps = false;
      const scene: ChangingScene = new ChangingScene('always', false, (from, to, bytes) => {
        if (armed && holds(scene, back ? to : from, bytes)) {
          armed = false;
          call = thread.begin('madvise', scene.at(FROM), COUNT * PAGE, advice);
          // Where the kernel does not tell in what a thread sleeps, it may be late.
          for (let tries = 0; tries < 100 && !sleeps; tries++) {
            assert.equal(call.returned(5), false, 'nobody has read its event');
            sleeps = thread.sleepsIn.includes('userfaultfd');
          }
        }
        return remap(from, to, bytes);
      });
      if (ready) scene.migrate(1, 'never', () => undefined);
      armed = true;
      const writeProtected = mode === 'write-protected';
      const outcome = scene.migrate(ready ? 0 : 1, 'never', () => undefined, { writeProtected });
      assert.equal(armed, false, 'no page table has gone');
      assert.equal(call!.result(), 0);
      assert.equal(outcome.moved + outcome.absent, PAGES);
      // A page that is freed lazily, and not in flight, may keep its content.
      if (advice === MADV_DONTNEED || (sleeps && !back)) assertZeros(scene);
      scene.assertContent([FROM, TO]);
      for (let i = FROM; i < TO; i++) poke(scene.at(i), pagePattern(scene.first + i, PAGE));
      const after = scene.migrate(ready ? 1 : 0, 'never', () => undefined);
      assert.deepEqual([after.moved + after.absent, after.failed], [PAGES, {}]);
      scene.assertContent();
      scene.close();
    });
  }
}

for (const [when, mode, ready] of [
  ['its place is made ready', 'exclusive', false],
  ['its place is made ready', 'write-protected', false],
  ['it leaves', 'exclusive', true],
] as const) {
  test(`${mode}: what is given back and written to before a page table goes is kept: ${when}`, LIMIT, () => {
    let armed = false;
    const scene: ChangingScene = new ChangingScene('always', false, (from, to, bytes) => {
      if (armed && from === scene.address) {
        armed = false;
        // A page that is freed lazily stays present, so that the write needs no page fault.
        assert.equal(thread.callNow('madvise', scene.at(FROM), COUNT * PAGE, MADV_FREE), 0);
        for (let i = FROM; i < TO; i++) poke(scene.at(i), pagePattern(scene.first + i + 1, PAGE));
      }
      return remap(from, to, bytes);
    });
    if (ready) scene.migrate(1, 'never', () => undefined);
    armed = true;
    scene.migrate(ready ? 0 : 1, 'never', () => undefined, { writeProtected: mode === 'write-protected' });
    assert.equal(armed, false, 'no page table has gone');
    for (let i = FROM; i < TO; i++) assertPattern(peek(scene.at(i), PAGE), scene.first + i + 1);
    scene.assertContent([FROM, TO]);
    scene.close();
  });
}

for (const [name, mode] of [
  ['mmap', 'exclusive'],
  ['mmap', 'write-protected'],
  ['mremap', 'exclusive'],
] as const) {
  test(
    `${mode}: ${name} of a part just before its page table arrives: nothing is put in its place`,
    LIMIT,
    () => {
      const scene = new ChangingScene('always');
      const { address: elsewhere } = memory(HUGE, false);
      const bytes = COUNT * PAGE;
      const { hold } = EventReader.prototype;
      let call: ReturnType<typeof thread.begin> | undefined;
      mock.method(EventReader.prototype, 'hold', function (this: EventReader, pagemap: Pagemap, at: number) {
        hold.call(this, pagemap, at);
        // The page table with the part is about to arrive.
        if (
          call !== undefined ||
          Math.floor((at - scene.address) / HUGE) !== Math.floor((FROM * PAGE) / HUGE)
        )
          return;
        call =
          name === 'mmap'
            ? thread.begin('mmap', scene.at(FROM), bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_FIXED, -1, 0)
            : thread.begin('mremap', scene.at(FROM), bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere);
        // It has changed the mapping, and waits. Where the kernel does not tell in what a thread sleeps, it may be late.
        for (let tries = 0; tries < 400 && !thread.sleepsIn.includes('userfaultfd'); tries++) {
          assert.equal(call.returned(5), false, 'nobody has read its event');
        }
      });
      const outcome = scene.migrate(1, 'never', () => undefined, {
        writeProtected: mode === 'write-protected',
      });
      assert.ok(call !== undefined, 'no page table has arrived');
      assert.equal(call.result(), name === 'mmap' ? scene.at(FROM) : elsewhere);
      assert.deepEqual(outcome.failed, { ESTALE: COUNT });
      if (name === 'mmap') assertZeros(scene);
      else
        for (let i = FROM; i < TO; i++)
          assertPattern(peek(elsewhere + (i - FROM) * PAGE, PAGE), scene.first + i);
      scene.assertContent([FROM, TO]);
      scene.close();
    },
  );
}

for (const [when, arrived] of [
  ['before the first page arrives', 0],
  ['when a part of the pages has arrived', 300],
  ['when a part of it has arrived', (FROM + TO) / 2],
] as const) {
  test(`a part is unmapped ${when}: every other page arrives`, LIMIT, () => {
    const scene = new ChangingScene('never');
    const { move } = Userfaultfd.prototype;
    const { enterReturn } = MemoryChanges.prototype;
    let content: Uint8Array = new Uint8Array();
    const outcome = scene.migrate(1, 'map', () => {
      let moves = 0;
      mock.method(
        Userfaultfd.prototype,
        'move',
        function (this: Userfaultfd, to: number, from: number, bytes: number, huge: boolean) {
          if (moves++ > 0 || arrived === 0) return move.call(this, to, from, bytes, huge);
          const moved = move.call(this, to, from, arrived * PAGE, huge);
          this.errno = ERRNO.EAGAIN;
          return moved;
        },
      );
      let returns = 0;
      mock.method(
        MemoryChanges.prototype,
        'enterReturn',
        function (this: MemoryChanges, to: number, frames: number, bytes: number) {
          // The migration has looked for events, and does so once more now.
          if (returns++ === (arrived === 0 ? 0 : 1)) {
            assert.equal(thread.callNow('munmap', scene.at(FROM), COUNT * PAGE), 0);
            content = otherMemory(scene);
          }
          return enterReturn.call(this, to, frames, bytes);
        },
      );
    });
    const gone = TO - Math.max(FROM, arrived);
    assert.deepEqual([outcome.moved, outcome.failed], [PAGES - gone, { ESTALE: gone }]);
    assert.deepEqual(peek(scene.at(FROM), COUNT * PAGE), content);
    scene.assertContent([FROM, TO]);
    scene.close();
  });
}

test('an unmapping is told of what is still there: nothing changes', LIMIT, () => {
  const scene = new ChangingScene('never');
  const outcome = scene.migrate(1, 'map', () => {
    // As after a munmap that has failed: the kernel tells it all the same.
    const reader = EventReader.adopt(scene.journal.reader);
    reader.lock();
    reader.put(UFFD_EVENT_UNMAP, scene.at(FROM), scene.at(TO), 0);
    reader.unlock();
  });
  assert.deepEqual([outcome.moved, outcome.failed], [PAGES, {}]);
  scene.assertContent();
  scene.close();
});

test(
  'a hole from before the migration: nothing is moved, and memory that is mapped there is left alone',
  LIMIT,
  () => {
    for (const writeProtected of [false, true]) {
      const scene = new ChangingScene('always');
      // No migration is in progress, so there is no event.
      assert.equal(thread.callNow('munmap', scene.at(FROM), COUNT * PAGE), 0);
      assert.throws(() => scene.machine.begin(scene.space, { writeProtected }), { code: 'ESTALE' });
      const content = otherMemory(scene);
      scene.machine.resolveHoles();
      assert.deepEqual(scene.machine.audit(true), []);
      assert.deepEqual(peek(scene.at(FROM), COUNT * PAGE), content);
      scene.assertContent([FROM, TO]);
      scene.close();
    }
  },
);

test('memory that may be moved goes by no call that the kernel would not refuse', LIMIT, () => {
  const scene = new ChangingScene('always', true);
  assert.throws(() => scene.machine.begin(scene.space), { code: 'ESTALE' }, 'nobody watches it');
  scene.close();
});

for (const who of ['the migration thread', "the ferry's owner"] as const) {
  for (const name of ['munmap', 'madvise'] as const) {
    test(`the event reader ends with a ${name} unread: ${who} reads it, and knows`, LIMIT, async () => {
      const scene = new ChangingScene('never');
      const journal = scene.journal;
      const reader = EventReader.adopt(journal.reader);
      const { machine, space } = scene;
      machine.begin(space);
      assert.equal(reader.endUnnoticed(), true);
      const args = name === 'madvise' ? [MADV_DONTNEED] : [];
      const called = thread.call(name, scene.at(FROM), COUNT * PAGE, ...args);
      if (thread.sleepsIn !== '0') {
        while (!thread.sleepsIn.includes('userfaultfd')) await new Promise((done) => setTimeout(done, 1));
      } else {
        await new Promise((done) => setTimeout(done, 50));
      }
      assert.equal(thread.pending, 1);
      const watch = new ReaderWatch(journal);
      while (thread.pending > 0) {
        if (who === 'the migration thread') machine.resolveHoles();
        else assert.equal(watch.poll(), true);
        await new Promise((done) => setTimeout(done, 1));
      }
      assert.equal(await called, 0);
      assert.equal(machine.lost(space), name === 'munmap');
      machine.end(space);
      if (name === 'madvise') assertZeros(scene);
      scene.assertContent([FROM, TO]);
      scene.close();
    });
  }
}

test('more events than there is room for: their threads wait, and none is lost', LIMIT, async () => {
  const scene = new ChangingScene('never');
  const { machine, space } = scene;
  const reader = EventReader.adopt(scene.journal.reader);
  machine.begin(space);
  const calls = Array.from({ length: 3000 }, (_, i) => [scene.at(i % PAGES), PAGE, MADV_DONTNEED]);
  const called = thread.calls('madvise', calls);
  while (reader.events < 1009) await new Promise((done) => setTimeout(done, 1));
  await new Promise((done) => setTimeout(done, 20));
  assert.ok(reader.events <= 1024, 'it has stopped');
  assert.equal(thread.pending, 1);
  while (thread.pending > 0) {
    machine.resolveHoles();
    await new Promise((done) => setTimeout(done, 1));
  }
  assert.ok((await called).every((result) => result === 0));
  assert.equal(reader.lost, 0);
  machine.end(space);
  for (const i of [0, 700, PAGES - 1]) assert.deepEqual(peek(scene.at(i), PAGE), ZEROS);
  scene.close();
});

test('more events than there is room for as the migration ends: no thread waits for it', LIMIT, async () => {
  const scene = new ChangingScene('never');
  const { machine, space } = scene;
  const reader = EventReader.adopt(scene.journal.reader);
  machine.begin(space);
  const { unregister } = Userfaultfd.prototype;
  const before = reader.events;
  let called: Promise<readonly number[]> | undefined;
  mock.method(Userfaultfd.prototype, 'unregister', function (this: Userfaultfd, at: number, bytes: number) {
    // The machine has taken the events so far.
    called ??= thread.calls(
      'madvise',
      Array.from({ length: 3000 }, (_, i) => [scene.at(i % PAGES), PAGE, MADV_DONTNEED]),
    );
    while (reader.events < before + 1009) c.usleep(1000);
    return unregister.call(this, at, bytes);
  });
  machine.end(space);
  mock.restoreAll();
  assert.ok((await called!).every((result) => result === 0));
  scene.close();
});

test('a part is moved by mremap as the migration ends: ordinary memory where it is', LIMIT, async () => {
  const waiter = await ProgramThread.start();
  const scene = new ChangingScene('never');
  const { machine, space } = scene;
  const reader = EventReader.adopt(scene.journal.reader);
  const { address: elsewhere } = memory(HUGE, false);
  const bytes = COUNT * PAGE;
  machine.begin(space);
  const { unregister } = Userfaultfd.prototype;
  let call: ReturnType<typeof thread.begin> | undefined;
  mock.method(Userfaultfd.prototype, 'unregister', function (this: Userfaultfd, at: number, length: number) {
    if (call === undefined) {
      // The part has moved, and nobody reads that for the moment.
      reader.lock();
      call = thread.begin('mremap', scene.at(FROM), bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere);
      assert.equal(call.returned(100), false, 'nobody has read its event');
      const result = unregister.call(this, at, length);
      reader.unlock();
      return result;
    }
    return unregister.call(this, at, length);
  });
  machine.end(space);
  mock.restoreAll();
  assert.equal(call!.result(), elsewhere);
  // A thread that touches a hole there gets zeros, and does not wait.
  assert.equal(c.madvise(elsewhere, PAGE, MADV_DONTNEED), 0);
  waiter.begin(elsewhere / PAGE);
  assert.deepEqual(await waiter.done(), ZEROS);
  await waiter.terminate();
  scene.assertContent([FROM, TO]);
  scene.close();
});

for (const [who, rescue] of rescuers) {
  for (const name of ['munmap', 'madvise'] as const) {
    const options = rescue === undefined ? { skip: 'there is none here' } : LIMIT;
    test(
      `the migration thread ends while a ${name} waits for it: ${who} lets it go on`,
      options,
      async () => {
        const scene = new ChangingScene('never');
        const { machine, space, journal } = scene;
        machine.begin(space);
        const first = scene.at(0);
        // As if pages had just left: they are in the journal, and nobody reads.
        new HandMigration(machine, space, [[scene.first, 0]]).isolate().take(1).unmap();
        EventReader.adopt(journal.reader).lock();
        const called = thread.call(name, scene.at(FROM), COUNT * PAGE, MADV_DONTNEED);
        while (!['0', 'userfaultfd'].some((place) => thread.sleepsIn.includes(place))) {
          await new Promise((done) => setTimeout(done, 1));
        }
        await new Promise((done) => setTimeout(done, 20));
        assert.equal(thread.pending, 1);
        rescue!(journal);
        assert.equal(await called, 0);
        assertPattern(peek(first, PAGE), scene.first);
        if (name === 'madvise') assertZeros(scene);
        scene.assertContent([FROM, TO]);
      },
    );
  }
}
