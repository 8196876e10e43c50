import { PTE_MIGRATION } from '../machine/address-space.js';
import type { Simulation } from '../simulation.js';
import type { Program } from './program.js';

/**
 * Where a page is: not there, in the hands of a migration, on one of the nodes, or there and write-protected while it is
 * copied; or it is mapped and holds something else.
 */
export type PageState = 'absent' | 'out' | 'node0' | 'node1' | 'write-protected' | 'wrong';

/** Page by page; a page is wrong as soon as it is mapped with what is not its content. */
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
