import { readFileSync } from 'node:fs';
import type { Address } from './libc.js';

/** One line of /proc/self/maps. */
export interface MappedRange {
  readonly start: Address;
  readonly end: Address;
  /** Such as `rw-p`. */
  readonly permissions: string;
  /** File name, `[heap]`, or empty for anonymous memory. */
  readonly path: string;
}

/** The mappings of this process that overlap a range, in order. */
export function mappedRanges(start: Address, end: Address): MappedRange[] {
  return parseMaps(readFileSync('/proc/self/maps', 'latin1'), start, end);
}

const LINE = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][ps]) [0-9a-f]+ \S+ \d+\s*(.*)$/;

/** Parses /proc/self/maps, and returns the ranges that overlap the given one. Other lines are ignored. */
export function parseMaps(text: string, start: Address, end: Address): MappedRange[] {
  const found: MappedRange[] = [];
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const range = {
      start: Number.parseInt(match[1]!, 16),
      end: Number.parseInt(match[2]!, 16),
      permissions: match[3]!,
      path: match[4]!,
    };
    if (range.start < end && range.end > start) found.push(range);
  }
  return found;
}

/**
 * Why a range cannot be migrated, or undefined if it can. userfaultfd moves only private, anonymous, readable and writable
 * memory. `mappings` are those of the process, in order.
 */
export function whyUnmovable(
  mappings: readonly MappedRange[],
  start: Address,
  end: Address,
): string | undefined {
  let reached = start;
  for (let i = firstAfter(mappings, start); i < mappings.length; i++) {
    const range = mappings[i]!;
    if (range.start > reached || reached >= end) break;
    if (!range.permissions.startsWith('rw'))
      return `part of it is mapped ${range.permissions}, not read-write`;
    if (range.permissions[3] !== 'p') return 'it is shared memory (MAP_SHARED)';
    if (range.path.startsWith('/')) return `it is mapped from the file ${range.path}`;
    reached = range.end;
  }
  return reached < end ? 'part of it is not mapped' : undefined;
}

/** End of the reserved memory without a file that begins at `address`. `address` itself if none does. */
export function reservedEnd(mappings: readonly MappedRange[], address: Address): Address {
  let reached = address;
  for (let i = firstAfter(mappings, address); i < mappings.length; i++) {
    const { start, end, permissions, path } = mappings[i]!;
    if (start > reached || path.startsWith('/') || permissions !== '---p') break;
    reached = end;
  }
  return reached;
}

/** Index of the first mapping that ends after an address. */
function firstAfter(mappings: readonly MappedRange[], address: Address): number {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (mappings[middle]!.end > address) high = middle;
    else low = middle + 1;
  }
  return low;
}
