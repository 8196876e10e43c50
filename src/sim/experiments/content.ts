import type { AddressSpace } from '../machine/address-space.js';
import type { Simulation } from '../simulation.js';

/** What page `page` holds: something that no other page has, and never zero. */
function patternOf(page: number): number {
  return Math.imul(page + 1, 0x9e3779b1) | 1;
}

/** Touches every page of a space, in folios of 2^order pages, and gives each a content of its own. */
export function populate({ machine, memory }: Simulation, space: AddressSpace, order: number): void {
  for (let page = 0; page < space.pages; page += 1 << order) machine.fault(space, page, order);
  for (let page = 0; page < space.pages; page++) {
    memory.content.fill(space.table[page]!, 1, patternOf(page));
  }
}

/** Pages of a space that are not there any more with what `populate` gave them, on the node that they should be on. */
export function countWrong({ memory }: Simulation, space: AddressSpace, node?: number): number {
  const { content } = memory;
  let wrong = 0;
  for (let page = 0; page < space.pages; page++) {
    const frame = space.table[page]!;
    const there = frame >= 0 && (node === undefined || memory.nodeOf(frame) === node);
    if (!there || !content.holds(frame, patternOf(page))) wrong++;
  }
  return wrong;
}
