import { PTE_MIGRATION } from '../machine/address-space.js';
import type { Simulation } from '../simulation.js';
import type { Program } from './program.js';

/** The state of a page: absent, in flight, on a node, write-protected during its copy, or mapped with wrong content. */
export type PageState = 'absent' | 'out' | 'node0' | 'node1' | 'write-protected' | 'wrong';

export function pageStates({ memory }: Simulation, program: Program): PageState[] {
  const { table, writeProtected } = program.space;
  return Array.from(table, (frame, page): PageState => {
    if (frame === PTE_MIGRATION) return 'out';
    if (frame < 0) return 'absent';
    if (program.wrongContent(page, frame) !== undefined) return 'wrong';
    if (writeProtected[page] === 1) return 'write-protected';
    return memory.nodeOf(frame) === 0 ? 'node0' : 'node1';
  });
}
