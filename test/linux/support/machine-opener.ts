import './memory.js';
import { after } from 'node:test';
import { LinuxMachine } from '../../../src/linux/memory/linux-machine.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { advise, MADV_DONTFORK, MADV_DONTNEED, MADV_HUGEPAGE, reserve } from '../../../src/linux/sys/mman.js';
import type { TableMode } from '../../../src/linux/tables/table-policy.js';
import type { MachineUnderTest } from '../../machine/conformance-bench.js';
import { PAGE, peek, poke } from './memory.js';
import { ProgramThread } from './program-thread.js';

const PAGES = 2048;
const BYTES = PAGES * PAGE;

const threads = [await ProgramThread.start(), await ProgramThread.start()] as const;
const seen = await threads[0].isSeen();
after(() => Promise.all(threads.map((thread) => thread.terminate())));

/** Opens the real machine, with program memory that nobody but this thread and those two touch. */
export function opener(
  huge: boolean,
  copy: 'fast' | 'checked',
  pageTables: TableMode = 'auto',
): () => Promise<MachineUnderTest> {
  return async () => {
    const machine = new LinuxMachine({
      nodes: [
        { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY },
        { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY },
      ],
      windowPages: PAGES,
      maxPoolPages: PAGES,
      copy,
      pageTables: () => pageTables,
    });
    const program = reserve(BYTES);
    advise(program.address, BYTES, MADV_DONTFORK);
    if (huge) advise(program.address, BYTES, MADV_HUGEPAGE);
    poke(program.address, new Uint8Array(BYTES).fill(1));
    const space = machine.attach([{ address: program.address, pages: PAGES }], 0);
    machine.begin(space);
    const moves = pageTables === 'always' && machine.space(space).movesTables;
    machine.end(space);
    let begun = false;
    return {
      machine,
      space,
      firstPage: program.address / PAGE,
      pages: PAGES,
      nodes: [0, 1],
      read: (page) => peek(page * PAGE, PAGE),
      write: (page, bytes) => poke(page * PAGE, bytes),
      forget: (page) => void advise(page * PAGE, PAGE, MADV_DONTNEED),
      nodeOf: (page) => machine.space(space).nodeAt(page),
      ...(seen ? { threads } : {}),
      ...(moves ? { tablesMoved: () => machine.tablesMoved } : {}),
      begin: (writeProtected) => {
        machine.begin(space, { writeProtected });
        begun = true;
      },
      end: () => {
        machine.trimExcess();
        machine.end(space);
        machine.trim();
        begun = false;
      },
      close: async () => {
        if (begun) machine.end(space);
        machine.detach(space);
        machine.close();
        libc().madvise(program.address, BYTES, MADV_DONTNEED);
        program.unmap();
      },
    };
  };
}
