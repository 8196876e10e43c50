import assert from 'node:assert/strict';
import { PAGE_SIZE } from '../../src/common/page.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { advise, MADV_DONTFORK, MADV_NOHUGEPAGE } from '../../src/linux/sys/mman.js';
import { SimLiveMachine } from '../../src/sim/machine/sim-live-machine.js';
import { Simulation } from '../../src/sim/simulation.js';
import { memory, peek, poke } from '../linux/support/memory.js';
import { zen3 } from '../sim/profiles.js';
import { type LiveSubject, liveConformance } from './live-conformance.js';
import { pagePattern } from './page-pattern.js';

const PAGES = 64;
const TOUCHED = 60;

function onRealMemory(): LiveSubject {
  const { address } = memory(PAGES * PAGE_SIZE, false);
  advise(address, PAGES * PAGE_SIZE, MADV_DONTFORK);
  advise(address, PAGES * PAGE_SIZE, MADV_NOHUGEPAGE);
  for (let page = 0; page < TOUCHED; page++) poke(address + page * PAGE_SIZE, pagePattern(page, PAGE_SIZE));
  const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };
  const machine = new LinuxMachine({
    nodes: [node, node],
    windowPages: 8,
    depth: 2,
    maxPoolPages: 512,
    copy: 'fast',
    // Pages that are not there move nowhere with their table.
    pageTables: () => 'never',
  });
  let kept = TOUCHED;
  return {
    machine,
    address,
    discarded(from) {
      kept = from;
    },
    checkContent() {
      for (let page = 0; page < kept; page++) {
        assert.deepEqual(
          peek(address + page * PAGE_SIZE, PAGE_SIZE),
          pagePattern(page, PAGE_SIZE),
          `${page}`,
        );
      }
    },
    close: () => machine.abandon(),
  };
}

function onSimulatedMemory(): LiveSubject {
  const sim = new Simulation({ profile: zen3(), nodePages: [1024, 1024] });
  const space = sim.newSpace(0, 2 * PAGES);
  const first = 16;
  for (let page = first; page < first + TOUCHED; page++) {
    sim.memory.content.fill(sim.machine.fault(space, page), 1, page);
  }
  const machine = new SimLiveMachine({ machine: sim.machine, seen: sim.seen, space });
  let kept = TOUCHED;
  return {
    machine,
    address: first * PAGE_SIZE,
    discarded(from) {
      kept = from;
    },
    checkContent() {
      for (let page = first; page < first + kept; page++) {
        assert.equal(sim.memory.content.get(space.table[page]!, 0), page, `${page}`);
      }
    },
    close: () => machine.abandon(),
  };
}

liveConformance('real memory', onRealMemory);
liveConformance('simulated memory', onSimulatedMemory);
