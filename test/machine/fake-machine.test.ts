import { machineConformance } from './conformance.js';
import type { MachineUnderTest } from './conformance-bench.js';
import { FakeMachine } from './fake-machine.js';

const FIRST_PAGE = 512;
const PAGES = 2048;

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
    forget: (page) => memory.forget(page),
    nodeOf: (page) => memory.nodeOf(page),
    begin: () => machine.audit(),
    end: () => machine.audit(),
    close: async () => {},
  };
}

machineConformance('the fake machine', open);
