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
  const owners = new Uint8Array(memory.frames);
  // A plain array: with a Float64Array, Maglev of V8 13.6 and 14 (Node 24.21, 26.10) has counted pages on two nodes at once.
  const regionPages = memory.zones.map(() => 0);
  let unmapped = 0;
  for (const space of spaces) {
    for (const frame of space.table) {
      if (frame === PTE_MIGRATION) unmapped++;
      if (frame < 0) continue;
      owners[frame]!++;
      regionPages[memory.nodeOf(frame)]!++;
    }
  }
  let isolatedPages = 0;
  const nodes = memory.zones.map((zone, node): NodeBooks => {
    const counts = [0, 0, 0, 0];
    let ownedTwice = 0;
    for (let frame = memory.first[node]!; frame < memory.first[node + 1]!; frame++) {
      const state = memory.state[frame]!;
      counts[state]!++;
      if (owners[frame] !== (state === FRAME_MAPPED ? 1 : 0)) ownedTwice++;
      if (state === FRAME_MAPPED && memory.lru[frame] === 0) isolatedPages++;
    }
    if (zone.freePages !== counts[FRAME_FREE]) ownedTwice += Math.abs(zone.freePages - counts[FRAME_FREE]!);
    return {
      frames: memory.first[node + 1]! - memory.first[node]!,
      free: counts[FRAME_FREE]!,
      mapped: counts[FRAME_MAPPED]!,
      quarantined: counts[FRAME_QUARANTINED]!,
      inFlight: counts[FRAME_IN_FLIGHT]!,
      ownedTwice,
      promisedPages: 0,
      programPages: counts[FRAME_MAPPED]!,
      regionPages: regionPages[node]!,
    };
  });
  return { nodes, foliosOut: Math.max(foliosOut, unmapped === 0 ? 0 : 1), journalRuns: 0, isolatedPages };
}
