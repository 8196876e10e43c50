import { ERRNO } from '../../common/errno.js';
import { WP_BROKEN, WP_INTACT, WP_NONE } from '../../mm/pipeline/write-protection.js';
import { fillRange } from '../hardware/fill-range.js';
import { FRAME_IN_FLIGHT, FRAME_MAPPED, type PhysicalMemory } from '../hardware/physical-memory.js';
import { type AddressSpace, PTE_MIGRATION, PTE_NONE } from './address-space.js';

/** The positive errno that keeps these pages from being unmapped as one folio, or 0. */
export function whyNotUnmapped(
  { pins }: PhysicalMemory,
  { table, shared }: AddressSpace,
  page: number,
  pages: number,
): number {
  const first = table[page]!;
  let errno = 0;
  for (let k = 0; k < pages; k++) {
    const frame = table[page + k]!;
    if (frame === PTE_NONE) return ERRNO.ENOENT;
    if (frame !== first + k) errno = ERRNO.EINVAL;
    if (errno === 0 && (pins[frame]! > 0 || shared[page + k] !== 0)) errno = ERRNO.EAGAIN;
  }
  // A folio is naturally aligned in physical memory, too.
  return first % pages === 0 ? errno : ERRNO.EINVAL;
}

/** Whether one of these frames has a reference in addition to the mapping's. */
export function hasReferences({ pins }: PhysicalMemory, frame: number, frames: number): boolean {
  for (let k = frame; k < frame + frames; k++) if (pins[k]! > 0) return true;
  return false;
}

/** Replaces the folio's entries by migration entries. Returns its first frame. */
export function unmapFolio(memory: PhysicalMemory, space: AddressSpace, page: number, pages: number): number {
  const frame = space.table[page]!;
  fillRange(memory.state, FRAME_IN_FLIGHT, frame, frame + pages);
  fillRange(space.table, PTE_MIGRATION, page, page + pages);
  // Neither a migration entry nor the entry after it is protected.
  fillRange(space.writeProtected, 0, page, page + pages);
  return frame;
}

/** Writes entries of a space and the reverse map. */
export function mapFolio(
  memory: PhysicalMemory,
  space: AddressSpace,
  page: number,
  pages: number,
  frame: number,
): void {
  for (let k = 0; k < pages; k++) {
    space.table[page + k] = frame + k;
    memory.page[frame + k] = page + k;
  }
  fillRange(memory.state, FRAME_MAPPED, frame, frame + pages);
  fillRange(memory.space, space.id, frame, frame + pages);
}

/** Write-protects the present pages of a folio. Returns one of the WP_… values. */
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
    // A copy reads consecutive frames.
    if (frame !== first + k || memory.poisoned[frame] === 1) readable = false;
  }
  if (present === 0) return WP_NONE;
  return readable && present === pages ? WP_INTACT : WP_BROKEN;
}

/** Whether every page of a folio is still mapped to the frames from `mappedFrame` on, and protected. */
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

/** Unprotects a folio, and wakes its waiting writers. */
export function unprotectFolio(space: AddressSpace, page: number, pages: number): void {
  fillRange(space.writeProtected, 0, page, page + pages);
  space.wake(page, pages);
}
