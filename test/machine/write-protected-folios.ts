import assert from 'node:assert/strict';
import type { Bench } from './conformance-bench.js';
import type { Folio } from './hand-migration.js';
import { pagePattern } from './page-pattern.js';

/** Folios of three sizes, some beside each other. */
export const MIXED = (bench: Bench): Folio[] => [
  [bench.at(512), 9],
  [bench.at(3), 0],
  [bench.at(32), 4],
  [bench.at(48), 4],
];

/** The content that a thread writes to a page, and that no page holds otherwise. */
export function newContent(page: number): Uint8Array {
  return pagePattern(page, 4096, 99);
}

/** Asserts that a thread writes to each page of these folios without waiting: no protection is left. */
export async function assertWritable(bench: Bench, folios: readonly Folio[]): Promise<void> {
  const [writer] = bench.subject.threads!;
  for (const [first, order] of folios) {
    for (let page = first; page < first + (1 << order); page++) {
      if (bench.isAbsent(page)) continue;
      assert.equal(await writer.access(page, newContent(page)), true, `page ${page} has kept its protection`);
      assert.equal(await writer.access(page, bench.patternOf(page)), true);
    }
  }
}
