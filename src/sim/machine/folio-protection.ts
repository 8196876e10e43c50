import { WP_BROKEN, WP_INTACT, WP_NONE } from '../../mm/pipeline/write-protection.js';
import type { PhysicalMemory } from '../hardware/physical-memory.js';
import type { AddressSpace } from './address-space.js';

/** Write-protects what there is of a folio. Returns how far that goes: one of the WP_… values. */
export function protectFolio(
  memory: PhysicalMemory,
  { table, writeProtected }: AddressSpace,
  page: number,
  pages: number,
): number {
  const first = table[page]!;
  let present = 0;
  let readable = true;
  for (let k = 0; k < pages; k++) {
    const frame = table[page + k]!;
    if (frame < 0) continue;
    present++;
    writeProtected[page + k] = 1;
    // Who reads it reads frames one after the other.
    if (frame !== first + k || memory.poisoned[frame] === 1) readable = false;
  }
  if (present === 0) return WP_NONE;
  return readable && present === pages ? WP_INTACT : WP_BROKEN;
}

/** Whether every page of a folio still lies in the frames from `mappedFrame` on, and is protected. */
export function isProtected(
  memory: PhysicalMemory,
  { table, writeProtected }: AddressSpace,
  page: number,
  pages: number,
  mappedFrame: number,
): boolean {
  for (let k = 0; k < pages; k++) {
    if (table[page + k] !== mappedFrame + k || writeProtected[page + k] === 0) return false;
    if (memory.poisoned[mappedFrame + k] === 1) return false;
  }
  return true;
}

/** Takes the protection off, and lets those go on who wait to write. */
export function unprotectFolio(space: AddressSpace, page: number, pages: number): void {
  space.writeProtected.fill(0, page, page + pages);
  space.wake(page, pages);
}
