import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { HintSource } from '../../src/access/hint.js';
import { InPlaceSource } from '../../src/access/in-place.js';
import { type Ferry, MigrationError, openFerry, type Region } from '../../src/index.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { libc } from '../../src/linux/sys/libc.js';
import { MADV_DONTNEED } from '../../src/linux/sys/mman.js';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { runScript } from '../ferry/support/child.js';
import { assertContent, countersAdded, fill, fillCounters } from '../ferry/support/content.js';
import { Crew } from '../ferry/support/crew.js';
import { assertAllMoved, HUGE, LIMIT, MIB, PAGE } from '../ferry/support/fixture.js';
import { LivingChild } from '../ferry/support/fork.js';
import { atMappingLimit } from '../ferry/support/mapping-limit.js';
import { partsOf } from '../ferry/support/mappings.js';
import { WASM_PAGE, wasmMemory } from '../ferry/support/wasm.js';
import {
  EAGER,
  isMarked,
  WATCH_SOURCES,
  Watching,
  type WatchSource,
  watchFor,
} from '../ferry/support/watching.js';
import { memory as mapping, peek, poke } from '../linux/support/memory.js';
import { takeDescriptors } from '../linux/support/without-descriptors.js';

interface Watched {
  readonly ferry: Ferry;
  readonly region: Region;
  readonly memory: SharedArrayBuffer;
  readonly watching: Watching;
  readonly crew: Crew;
}

/**
 * Something happens to memory that a source watches while threads add to it and read it. Afterwards no addition is lost, no
 * thread is asleep, and nothing of the watch is left on the memory.
 * @param act Whether the ferry is still open, and the region not released.
 */
async function whileWatched(source: WatchSource, act: (watched: Watched) => Promise<boolean>): Promise<void> {
  const memory = new SharedArrayBuffer(16 * MIB);
  fillCounters(memory);
  const ferry = await openFerry();
  const region = ferry.adopt(memory);
  const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'read' }]);
  try {
    const watching = new Watching(region, source);
    await watching.seesMore();
    assert.ok(watching.units > 0, 'it has not watched');
    const open = await act({ ferry, region, memory, watching, crew });
    await crew.allGoOn();
    if (open) {
      // The watch goes on, and so do migrations.
      await watching.seesMore();
      await watching.end();
      for (const to of [1, 0]) assert.deepEqual((await region.migrate({ to })).failures, []);
    } else await watching.over();
  } finally {
    await ferry.close();
  }
  await crew.allGoOn();
  const [added] = await crew.stop();
  assert.equal(countersAdded(memory), added);
  assert.equal(isMarked(memory), false);
  // A child inherits the content, and not zeros.
  const child = LivingChild.fork();
  if (typeof child === 'string') return;
  try {
    const address = libc().addressOf(new Uint8Array(memory, 0, 1));
    const own = new Uint8Array(memory);
    for (const offset of [0, 5 * MIB, 16 * MIB - PAGE]) {
      assert.deepEqual(child.peek(address + offset, PAGE), own.slice(offset, offset + PAGE));
    }
  } finally {
    child.end();
  }
}

/** What may happen to memory that a source watches. A file has one source, because each takes a minute or more. */
export function watchedHostile(source: WatchSource): void {
  describe(`memory that ${source} watches`, () => {
    test('migrates again and again, in both copy modes, and with huge pages', LIMIT, async () => {
      await whileWatched(source, async ({ region, watching }) => {
        for (const options of [
          { to: 1 },
          { to: 0, copyMode: 'write-protected' },
          { to: 1, hugePages: 'promote' },
          { to: 0, hugePages: 'split', offset: 3 * MIB, length: 5 * MIB },
        ] as const) {
          assert.deepEqual((await region.migrate(options)).failures, []);
          // The next one begins in the middle of a watch again.
          await watching.seesMore();
        }
        return true;
      });
    });

    test('is released in the middle', LIMIT, async () => {
      await whileWatched(source, async ({ region }) => {
        await region.release();
        return false;
      });
    });

    test('is of a ferry that is closed in the middle', LIMIT, async () => {
      await whileWatched(source, async ({ ferry }) => {
        await ferry.close();
        return false;
      });
    });

    test('is of a process that forks and spawns in the middle', LIMIT, async () => {
      await whileWatched(source, async ({ region, watching }) => {
        for (let i = 0; i < 3; i++) {
          const child = LivingChild.fork();
          const spawned = spawn('/bin/true');
          assert.deepEqual((await region.migrate({ to: 1 - (i % 2) })).failures, []);
          await watching.seesMore();
          if (typeof child !== 'string') child.end();
          if (spawned.exitCode === null) await once(spawned, 'exit');
        }
        return true;
      });
    });

    test('is of a process without descriptors', LIMIT, async () => {
      await whileWatched(source, async ({ region, watching }) => {
        const giveBack = takeDescriptors();
        try {
          for (let i = 0; i < 3; i++) await watching.nextResult();
          assert.deepEqual((await region.migrate({ to: 1 })).failures, []);
        } finally {
          giveBack();
        }
        return true;
      });
    });

    test('is watched twice, and another ferry watches, too', LIMIT, async () => {
      await whileWatched(source, async ({ region }) => {
        const other = await openFerry();
        const memories = WATCH_SOURCES.map(() => new SharedArrayBuffer(4 * MIB));
        for (const memory of memories) fill(memory);
        try {
          const theirs = memories.map((memory) => other.adopt(memory));
          // One region each: a burst of `hint` ends the epochs of its region, as a migration does.
          const watches = WATCH_SOURCES.map((name, i) => new Watching(theirs[i]!, name));
          watches.push(new Watching(region, source, { ...EAGER, halfLifeMs: 500 }));
          // None of them keeps another from seeing.
          for (const each of [...watches, ...watches]) await each.seesMore();
          for (const each of theirs) assertAllMoved(each, await each.migrate({ to: 1 }));
          for (const each of watches) {
            assert.ok(each.units > 0);
            await each.end();
          }
        } finally {
          await other.close();
        }
        for (const memory of memories) {
          assertContent(memory);
          assert.equal(isMarked(memory), false);
        }
        return true;
      });
    });

    test('is advised, and given back by the program', LIMIT, async () => {
      await whileWatched(source, async ({ ferry, region }) => {
        const memory = new SharedArrayBuffer(8 * MIB);
        fill(memory);
        const own = ferry.adopt(memory);
        const watching = new Watching(own, source);
        await watching.seesMore();
        await own.advise(2 * MIB, 3 * MIB, 'dead');
        await region.advise(0, region.bytes, 'hot');
        await watching.seesMore();
        await watching.end();
        await own.release();
        assertContent(memory, 0, 0, 2 * MIB);
        assert.ok(new Uint8Array(memory, 2 * MIB, 3 * MIB).every((byte) => byte === 0));
        assertContent(memory, 0, 5 * MIB);
        return true;
      });
    });

    test('is given back by another thread all the time', LIMIT, async () => {
      const ferry = await openFerry();
      const memory = new SharedArrayBuffer(8 * MIB);
      fill(memory);
      const region = ferry.adopt(memory);
      const crew = await Crew.start(memory, [{ kind: 'advise', advices: [MADV_DONTNEED] }]);
      const watching = new Watching(region, source);
      for (let i = 0; i < 5; i++) {
        // There may be no page to watch.
        await watching.nextResult();
        await region.migrate({ to: 1 - (i % 2) });
        // Used again, so that there is something to watch.
        fill(memory, i);
      }
      await watching.end();
      await crew.allGoOn();
      await crew.stop();
      await ferry.close();
      assert.equal(isMarked(memory), false);
      // It is ordinary memory.
      fill(memory, 9);
      assertContent(memory, 9);
    });

    test('grows in the middle', LIMIT, async () => {
      const ferry = await openFerry();
      const memory = wasmMemory({ initial: 32, maximum: 512, shared: true });
      fill(memory.buffer);
      const region = ferry.adopt(memory);
      const watching = new Watching(region, source);
      for (let i = 0; i < 5; i++) {
        await watching.seesMore();
        const before = memory.buffer.byteLength;
        memory.grow(40);
        fill(memory.buffer, 0, before);
        // The watch of the old memory has ended before this begins.
        if (i % 2 === 1) assert.deepEqual((await region.migrate({ to: 1 })).failures, []);
      }
      await watching.seesMore();
      assert.equal(region.bytes, 232 * WASM_PAGE);
      await region.release();
      assert.equal(isMarked(memory.buffer), false);
      await watching.over();
      assertContent(memory.buffer);
      await ferry.close();
      assertContent(memory.buffer);
    });

    test('is of a worker that is ended in the middle, at another moment each time', LIMIT, async () => {
      const memory = new SharedArrayBuffer(16 * MIB);
      fillCounters(memory);
      const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'read' }]);
      const url = new URL('../ferry/support/scripts/watching-owner.js', import.meta.url);
      for (let round = 0; round < 4; round++) {
        const owner = new Worker(url, { workerData: { memory, source } });
        let units = 0;
        while (units === 0) [units] = (await once(owner, 'message')) as [number];
        for (let turns = 0; turns < round * 50; turns++)
          await new Promise((resolve) => setImmediate(resolve));
        await owner.terminate();
        await crew.allGoOn();
      }
      const ferry = await openFerry();
      const region = ferry.adopt(memory);
      assert.equal(isMarked(memory), false, 'the next ferry has removed what the worker has left');
      await watchFor(region, source, 2);
      for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
      await ferry.close();
      assert.equal(isMarked(memory), false);
      const [added] = await crew.stop();
      assert.equal(countersAdded(memory), added);
    });

    test('is of a process whose files in /proc cannot be read any more', {
      ...LIMIT,
      skip: process.getuid?.() !== 0 && 'it has to give up root',
    }, async () => {
      const { code, output } = await runScript('watching-unprivileged', source);
      assert.equal(code, 0, output);
      assert.match(output, /done\n$/);
    });

    test('is of a process at vm.max_map_count: nothing is watched, and later it is', LIMIT, (t) => {
      const machine = new LinuxMachine({
        nodes: [0, 1].map(() => ({ numaNode: 0, capacityPages: Number.POSITIVE_INFINITY })),
        windowPages: 512,
        depth: 4,
        maxPoolPages: 512,
        copy: 'fast',
      });
      const pages = 8 * 512;
      const program = mapping(pages * PAGE + 3 * HUGE, true);
      // In the middle of a mapping, so that it has to be split.
      const address = Math.ceil(program.address / HUGE) * HUGE + HUGE;
      poke(address, new Uint8Array(pages * PAGE).fill(7));
      const space = machine.attach([{ address, pages }], 0);
      const made =
        source === 'hint'
          ? new HintSource(machine, machine.touches!, 512)
          : new InPlaceSource(source, machine.marks(source), machine.cpuClock);
      const units = new FolioList();
      for (let at = 0; at < pages; at += 16)
        if (units.length < made.maxPages / 16) units.push(address / PAGE + at, 4);
      let seen = 0;
      const watch = (): number => {
        seen = 0;
        if (!made.inPlace) machine.begin(space);
        const armed = made.arm(space, units);
        made.watch(1, 1);
        made.collect(() => seen++);
        if (!made.inPlace) machine.end(space);
        return armed;
      };
      assert.equal(watch(), units.length);
      assert.equal(seen, units.length);
      let failed: unknown;
      let armed = -1;
      const reached = atMappingLimit(
        () => {
          try {
            armed = watch();
          } catch (error) {
            failed = error;
          }
          return armed <= 0;
        },
        // A watch ends by itself.
        () => undefined,
      );
      try {
        if (reached) {
          const code = failed instanceof MigrationError ? failed.code : undefined;
          // Nothing begins, or nothing is watched.
          assert.deepEqual([code, armed, seen], source === 'hint' ? ['ENOMEM', -1, 0] : [undefined, 0, 0]);
        }
        assert.ok(!partsOf(address, pages * PAGE).some(({ flags }) => flags.includes('wf')));
        assert.equal(watch(), units.length);
        assert.ok(peek(address, pages * PAGE).every((byte) => byte === 7));
        assert.deepEqual(machine.audit(true), []);
      } finally {
        machine.detach(space);
        machine.close();
        program.unmap();
      }
      if (!reached) t.skip('vm.max_map_count is too high here to be reached');
    });
  });
}
