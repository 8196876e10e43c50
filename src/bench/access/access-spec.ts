import { type RowSpec, rowSpecs } from '../move/row-spec.js';
import type { AccessOptions, PageSource } from './options.js';

/** How a buffer of small pages comes onto huge ones: by migration with `hugePages: 'promote'`, or by madvise(2). */
export type AccessSpec =
  | { readonly how: 'promote'; readonly pages: PageSource; readonly copy: RowSpec }
  | { readonly how: 'collapse'; readonly pages: 'kernel'; readonly copy: undefined };

/** The rows of the table. */
export function accessSpecs({
  migrators,
  threads,
  sources,
}: Pick<AccessOptions, 'migrators' | 'threads' | 'sources'>): AccessSpec[] {
  const copies = rowSpecs({ migrators, threads, channels: [1], gapModes: ['skip'] });
  return [
    ...sources.flatMap((pages) => copies.map((copy) => ({ how: 'promote' as const, pages, copy }))),
    { how: 'collapse', pages: 'kernel', copy: undefined },
  ];
}
