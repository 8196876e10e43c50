import { PMD_PAGES } from '../../common/page.js';
import type { AddressSpace } from '../machine/address-space.js';
import type { Simulation } from '../simulation.js';

/**
 * Fills a node with base pages of one program, and frees every second one. No two free pages are neighbours. Returns the
 * program's space.
 * @see {@link ZoneCompactor} for an example
 */
export function fragment(sim: Simulation, node: number): AddressSpace {
  const steps = fragmentInSteps(sim, node);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same, 2 MiB in each step. */
export function* fragmentInSteps(sim: Simulation, node: number): Generator<void, AddressSpace> {
  const pages = sim.memory.first[node + 1]! - sim.memory.first[node]!;
  const space = sim.newSpace(node, pages);
  for (let page = 0; page < pages; page++) {
    sim.machine.fault(space, page);
    if ((page + 1) % PMD_PAGES === 0) yield;
  }
  for (let page = 0; page < pages; page++) {
    if (!keeps(page)) sim.machine.forget(space, page);
    if ((page + 1) % PMD_PAGES === 0) yield;
  }
  return space;
}

/** Whether fragmenting keeps this page. */
export function keeps(page: number): boolean {
  return page % 2 === 1;
}
