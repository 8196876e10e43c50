import type { AddressSpace } from '../machine/address-space.js';
import type { Simulation } from '../simulation.js';

/** The content of a page. It differs from page to page, and is not zero. */
function patternOf(page: number): number {
  return Math.imul(page + 1, 0x9e3779b1) | 1;
}

/** Gives a present page its content. */
export function giveContent({ memory }: Simulation, space: AddressSpace, page: number): void {
  memory.content.fill(space.table[page]!, 1, patternOf(page));
}

/** Whether a page is present with its content, on `node` if that is given. */
export function hasContent(
  { memory }: Simulation,
  space: AddressSpace,
  page: number,
  node?: number,
): boolean {
  const frame = space.table[page]!;
  if (frame < 0 || (node !== undefined && memory.nodeOf(frame) !== node)) return false;
  return memory.content.holds(frame, patternOf(page));
}

/** Touches every page of a space, in folios of 2^order pages, and gives each its content. */
export function populate(sim: Simulation, space: AddressSpace, order: number): void {
  for (let page = 0; page < space.pages; page += 1 << order) sim.machine.fault(space, page, order);
  for (let page = 0; page < space.pages; page++) giveContent(sim, space, page);
}

/** Pages of a space that are not present with their content, on `node` if that is given. */
export function countWrong(sim: Simulation, space: AddressSpace, node?: number): number {
  let wrong = 0;
  for (let page = 0; page < space.pages; page++) if (!hasContent(sim, space, page, node)) wrong++;
  return wrong;
}
