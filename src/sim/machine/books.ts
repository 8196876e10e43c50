import type { MachineBooks, NodeBooks } from '../../mm/audit/machine-books.js';
import {
  FRAME_FREE,
  FRAME_IN_FLIGHT,
  FRAME_MAPPED,
  FRAME_QUARANTINED,
  type PhysicalMemory,
} from '../hardware/physical-memory.js';
import { type AddressSpace, PTE_MIGRATION } from './address-space.js';

/** Counts the owners of each frame by page tables, states and free lists. */
export function booksOf(
  memory: PhysicalMemory,
  spaces: Iterable<AddressSpace>,
  foliosOut: number,
): MachineBooks {
  const { state, lru, first, owners, stateWords, ownerWords } = memory;
  owners.fill(0);
  // A plain array: with a Float64Array, Maglev of V8 13.6 and 14 (Node 24.21, 26.10) has counted pages on two nodes at once.
  const regionPages = memory.zones.map(() => 0);
  let unmapped = 0;
  for (const space of spaces) {
    const { table } = space;
    for (let page = 0; page < table.length; page++) {
      const frame = table[page]!;
      if (frame === PTE_MIGRATION) unmapped++;
      if (frame < 0) continue;
      owners[frame]!++;
      regionPages[memory.nodeOf(frame)]!++;
    }
  }
  let isolatedPages = 0;
  const nodes = memory.zones.map((zone, node): NodeBooks => {
    const end = first[node + 1]!;
    let free = 0;
    let mapped = 0;
    let quarantined = 0;
    let inFlight = 0;
    let ownedTwice = 0;
    for (let frame = first[node]!; frame < end; frame++) {
      // Most frames are free and without an owner, so four of them are counted at once. FRAME_FREE is 0.
      if ((frame & 3) === 0 && stateWords[frame >>> 2] === 0 && ownerWords[frame >>> 2] === 0) {
        free += 4;
        frame += 3;
        continue;
      }
      const owner = state[frame]!;
      if (owner === FRAME_FREE) free++;
      else if (owner === FRAME_MAPPED) mapped++;
      else if (owner === FRAME_QUARANTINED) quarantined++;
      else if (owner === FRAME_IN_FLIGHT) inFlight++;
      if (owners[frame] !== (owner === FRAME_MAPPED ? 1 : 0)) ownedTwice++;
      if (owner === FRAME_MAPPED && lru[frame] === 0) isolatedPages++;
    }
    ownedTwice += Math.abs(zone.freePages - free);
    return {
      frames: end - first[node]!,
      free,
      mapped,
      quarantined,
      inFlight,
      ownedTwice,
      promisedPages: 0,
      programPages: mapped,
      regionPages: regionPages[node]!,
    };
  });
  return { nodes, foliosOut: Math.max(foliosOut, unmapped === 0 ? 0 : 1), journalRuns: 0, isolatedPages };
}
