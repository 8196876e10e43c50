import '../linux/support/memory.js';
import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { AccessSource } from '../../src/access/access-source.js';
import { HintSource } from '../../src/access/hint.js';
import { InPlaceSource } from '../../src/access/in-place.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import {
  advise,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  reserve,
} from '../../src/linux/sys/mman.js';
import { MovePagesCall } from '../../src/linux/sys/move-pages.js';
import type { TableMode } from '../../src/linux/tables/table-policy.js';
import type { InPlaceSourceName } from '../../src/mm/ports/access-port.js';
import type { LiveMachine } from '../../src/mm/ports/live-machine.js';
import { SimLiveMachine } from '../../src/sim/machine/sim-live-machine.js';
import { Simulation } from '../../src/sim/simulation.js';
import { PAGE, peek, poke } from '../linux/support/memory.js';
import { ProgramThread } from '../linux/support/program-thread.js';
import { pagePattern } from '../machine/page-pattern.js';
import { zen3, zen3WithTables } from '../sim/profiles.js';
import { threadOf } from '../sim/thread-under-test.js';
import type { WatchedMemory } from './conformance.js';

const PAGES = 2048;
const BATCH_PAGES = 256;
const FIRST_PAGE = 512;

const threads = [await ProgramThread.start(), await ProgramThread.start()] as const;
after(() => Promise.all(threads.map((thread) => thread.terminate())));

type SourceOf = (machine: LiveMachine) => AccessSource;

const hint: SourceOf = (machine) => new HintSource(machine, machine.touches!, BATCH_PAGES);

/** A source that leaves units mapped. */
export function inPlace(name: InPlaceSourceName): SourceOf {
  return (machine) => new InPlaceSource(name, machine.marks(name), machine.cpuClock);
}

/** Memory of this process, watched by `hint` or another source. */
export function onRealMemory(
  huge: boolean,
  pageTables: TableMode,
  source: SourceOf = hint,
): () => Promise<WatchedMemory> {
  return async () => {
    const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };
    const machine = new LinuxMachine({
      nodes: [node, node],
      windowPages: BATCH_PAGES,
      depth: 4,
      maxPoolPages: PAGES,
      copy: 'fast',
      pageTables: () => pageTables,
    });
    const program = reserve(PAGES * PAGE);
    const { address, bytes } = program;
    advise(address, bytes, MADV_DONTFORK);
    advise(address, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    const firstPage = address / PAGE;
    for (let i = 0; i < PAGES; i++) poke(address + i * PAGE, pagePattern(firstPage + i, PAGE));
    intoTheLists(address);
    const space = machine.attach([{ address, pages: PAGES }], 0);
    return {
      machine,
      source: source(machine),
      space,
      firstPage,
      pages: PAGES,
      threads,
      pageBytes: PAGE,
      read: (page) => peek(page * PAGE, PAGE),
      forget: (page) => void advise(page * PAGE, PAGE, MADV_DONTNEED),
      close: async () => {
        machine.abandon();
        program.unmap();
      },
    };
  };
}

/**
 * Pages that were just allocated wait in a batch of their CPU, and idle page tracking does not find them there. move_pages(2)
 * first takes the pages of all CPUs into the kernel's lists. The node does not exist, so it moves nothing.
 */
function intoTheLists(address: number): void {
  const call = new MovePagesCall([address]);
  call.target(-1);
  assert.ok(call.run() < 0);
}

export function onSimulatedMemory(moves: boolean, source: SourceOf = hint): () => Promise<WatchedMemory> {
  return async () => {
    const sim = new Simulation({
      profile: moves ? zen3WithTables() : zen3(),
      nodePages: [2 * PAGES, 2 * PAGES],
      words: 1024,
    });
    const space = sim.newSpace(0, FIRST_PAGE + PAGES);
    const bytesOf = (page: number): Uint8Array => {
      const words = sim.memory.content.view(space.table[page]!);
      return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    };
    for (let page = FIRST_PAGE; page < space.pages; page++) {
      sim.machine.fault(space, page);
      bytesOf(page).set(pagePattern(page, 4096));
    }
    const machine = new SimLiveMachine({ machine: sim.machine, seen: sim.seen, space });
    const handle = machine.attach([{ address: FIRST_PAGE * PAGE, pages: PAGES }], 0);
    const thread = () => threadOf(sim.machine, space, bytesOf);
    return {
      machine,
      source: source(machine),
      space: handle,
      firstPage: FIRST_PAGE,
      pages: PAGES,
      threads: [thread(), thread()],
      pageBytes: 4096,
      read: (page) => bytesOf(page).slice(),
      forget: (page) => sim.machine.forget(space, page),
      close: async () => assert.equal(space.waiting, 0),
    };
  };
}
