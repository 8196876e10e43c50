import type { RegionPages } from './ports/region-port.js';

/** Index of a page in its region. */
export function indexOf(region: RegionPages, page: number): number {
  for (const span of region.spans) {
    if (page >= span.page && page < span.page + span.pages) return span.index + (page - span.page);
  }
  throw new RangeError('a page that is not in its region');
}

/** Number of the page with this index in its region. */
export function pageAt(region: RegionPages, index: number): number {
  for (const span of region.spans) {
    if (index >= span.index && index < span.index + span.pages) return span.page + (index - span.index);
  }
  throw new RangeError('an index beyond its region');
}
