import { ERRNO } from '../../common/errno.js';
import { FRAME_IN_FLIGHT, FRAME_MAPPED, type PhysicalMemory } from '../hardware/physical-memory.js';
import { type AddressSpace, PTE_MIGRATION, PTE_NONE } from './address-space.js';

/** The positive errno for which these pages cannot be unmapped as one folio now, or 0. */
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

/** Whether anybody but the mapping holds a reference to one of these frames. */
export function hasReferences({ pins }: PhysicalMemory, frame: number, frames: number): boolean {
  for (let k = frame; k < frame + frames; k++) if (pins[k]! > 0) return true;
  return false;
}

/** Migration entries instead of the folio's own. Returns its first frame. */
export function unmapFolio(memory: PhysicalMemory, space: AddressSpace, page: number, pages: number): number {
  const frame = space.table[page]!;
  memory.state.fill(FRAME_IN_FLIGHT, frame, frame + pages);
  space.table.fill(PTE_MIGRATION, page, page + pages);
  // A migration entry has no protection, and what comes after it has none either.
  space.writeProtected.fill(0, page, page + pages);
  return frame;
}

/** Entries for pages of a space onto frames, and the reverse map. */
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
  memory.state.fill(FRAME_MAPPED, frame, frame + pages);
  memory.space.fill(space.id, frame, frame + pages);
}
