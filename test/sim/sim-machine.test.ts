import assert from 'node:assert/strict';
import { checkBooks } from '../../src/mm/audit/machine-books.js';
import { Simulation } from '../../src/sim/simulation.js';
import { DEEP } from '../deep.js';
import { machineConformance } from '../machine/conformance.js';
import type { MachineUnderTest } from '../machine/conformance-bench.js';
import { zen3, zen3WithTables } from './profiles.js';
import { threadOf } from './thread-under-test.js';

const PAGES = 2048;
const FIRST_PAGE = 512;

async function open(moves: boolean): Promise<MachineUnderTest> {
  const { machine, memory, newSpace } = bound(
    new Simulation({
      profile: moves ? zen3WithTables() : zen3(),
      nodePages: [2 * PAGES, 2 * PAGES],
      words: 1024,
    }),
  );
  const space = newSpace(0, FIRST_PAGE + PAGES);
  for (let page = FIRST_PAGE; page < space.pages; page += 512) machine.fault(space, page, 9);
  const bytesOf = (page: number): Uint8Array => {
    const words = memory.content.view(space.table[page]!);
    return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  };
  const idle = (): void => {
    assert.deepEqual(checkBooks(machine.books()), []);
    assert.equal(space.protectedPages, 0);
    assert.equal(space.waiting, 0);
  };
  return {
    machine,
    space: space.id,
    firstPage: FIRST_PAGE,
    pages: PAGES,
    assembles: false,
    nodes: [0, 1],
    read: (page) => bytesOf(page).slice(),
    write: (page, bytes) => bytesOf(page).set(bytes),
    forget: (page) => machine.forget(space, page),
    hide: (page) => {
      memory.poisoned[space.table[page]!] = 1;
    },
    threads: [threadOf(machine, space, bytesOf), threadOf(machine, space, bytesOf)],
    nodeOf: (page) => memory.nodeOf(space.table[page]!),
    ...(moves ? { tablesMoved: () => machine.tablesMoved } : {}),
    begin: idle,
    end: idle,
    close: async () => {},
  };
}

function bound(simulation: Simulation): Pick<Simulation, 'machine' | 'memory' | 'newSpace'> {
  const { machine, memory } = simulation;
  return { machine, memory, newSpace: (home, pages) => simulation.newSpace(home, pages) };
}

machineConformance('the simulated machine', () => open(false));
if (DEEP) machineConformance('the simulated machine with page tables moved as a whole', () => open(true));
