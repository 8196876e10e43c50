import type { AddressSpace } from '../machine/address-space.js';
import type { Simulation } from '../simulation.js';

/**
 * Fills a node with base pages of one program and frees every second one: half of it is free, and no two pages of that
 * are neighbours. Returns the program's space; `keeps` says which of its pages are there.
 */
export function fragment(sim: Simulation, node: number): AddressSpace {
  const pages = sim.memory.first[node + 1]! - sim.memory.first[node]!;
  const space = sim.newSpace(node, pages);
  for (let page = 0; page < pages; page++) sim.machine.fault(space, page);
  for (let page = 0; page < pages; page += 2) sim.machine.forget(space, page);
  return space;
}

export function keeps(page: number): boolean {
  return page % 2 === 1;
}
