import assert from 'node:assert/strict';
import { machineConformance } from './conformance.js';
import type { MachineUnderTest, ThreadUnderTest } from './conformance-bench.js';
import { FakeMachine } from './fake-machine.js';

const FIRST_PAGE = 512;
const PAGES = 2048;

function threadOf(machine: FakeMachine): ThreadUnderTest {
  let read: Uint8Array | undefined;
  let pending = false;
  return {
    access: async (page, bytes) => {
      pending = true;
      const then = (found?: Uint8Array): void => {
        read = found;
        pending = false;
      };
      return bytes === undefined
        ? machine.readByThread(page, then)
        : machine.writeByThread(page, bytes, then);
    },
    done: async () => {
      assert.equal(pending, false, 'nobody has woken it');
      return read;
    },
  };
}

async function open(): Promise<MachineUnderTest> {
  const machine = new FakeMachine({ capacity: [2 * PAGES, 2 * PAGES] });
  const { memory } = machine;
  memory.populate(FIRST_PAGE, PAGES, 0);
  return {
    machine,
    space: machine.space,
    firstPage: FIRST_PAGE,
    pages: PAGES,
    nodes: [0, 1],
    read: (page) => memory.read(page),
    write: (page, bytes) => memory.write(page, bytes),
    forget: (page) => machine.drop(page),
    hide: (page) => machine.hide(page),
    threads: [threadOf(machine), threadOf(machine)],
    nodeOf: (page) => memory.nodeOf(page),
    begin: () => machine.audit(),
    end: () => machine.audit(),
    close: async () => {},
  };
}

machineConformance('the fake machine', open);
