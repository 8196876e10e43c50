import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** Tries of a test that khugepaged may spoil. It comes by every ten seconds or so; a test takes less. */
const TRIES = 5;

/**
 * How often khugepaged has made small pages a huge one since the host was booted, in whatever process; counted before it
 * does so. In memory that is advised MADV_HUGEPAGE, as that of large folios is, it fills holes with zeros.
 */
export function collapses(): number {
  const vmstat = readFileSync('/proc/vmstat', 'utf8');
  // A kernel without transparent huge pages has no such line, and no khugepaged.
  return Number(/^thp_collapse_alloc (\d+)$/m.exec(vmstat)?.[1] ?? 0);
}

/**
 * Runs a test whose memory has to stay in small pages, or in the pieces of huge ones. When an assertion fails and
 * khugepaged was at work meanwhile, perhaps in that memory, it is run again, with memory of its own.
 */
export async function unlessCollapsed(run: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    const before = collapses();
    try {
      return await run();
    } catch (error) {
      const excused = error instanceof assert.AssertionError && collapses() !== before;
      if (!excused || tries === TRIES) throw error;
    }
  }
}
