import { readdirSync, readFileSync } from 'node:fs';
import { getEnvironmentData } from 'node:worker_threads';
import { PAGE_SIZE } from '../../src/common/page.js';
import { Pagemap } from '../../src/linux/sys/pagemap.js';
import { LEDGER_KEY, MappingLedger, type Range } from './mapping-ledger.js';

/** What a process holds. The first five are exact, the others hold what V8, koffi and malloc(3) do as well. */
export interface LeakFigures {
  /** Ranges that pageferry has mapped and not unmapped (see mapping-ledger.ts). */
  readonly ranges: number;
  /** Bytes of these. */
  readonly rangeBytes: number;
  /** Pages in memory in these, by the page tables. */
  readonly pages: number;
  readonly threads: number;
  readonly descriptors: number;
  /** Bytes of live objects of the main thread's JavaScript heap. */
  readonly heapBytes: number;
  /**
   * Bytes of anonymous memory, but for malloc's [heap], as the kernel finds them in the page tables (smaps). RSS of /proc/PID/status
   * is a sum of counters of each CPU, which may be off by some hundred kilobytes.
   */
  readonly anonymousBytes: number;
  /** Bytes of [heap], likewise. */
  readonly mallocBytes: number;
}

export const EXACT: readonly (keyof LeakFigures)[] = [
  'ranges',
  'rangeBytes',
  'pages',
  'threads',
  'descriptors',
];
export const INEXACT: readonly (keyof LeakFigures)[] = ['heapBytes', 'anonymousBytes', 'mallocBytes'];

const PATIENCE_MS = 10_000;
const TURN_MS = 20;
const TURNS = 5;

let pagemap: Pagemap | undefined;

/**
 * The figures once garbage is collected and threads that have ended are gone, with their descriptors. On a busy host a thread
 * may take seconds to end: as long as there are more threads than `before`, this waits, for 10 s.
 */
export async function settledFigures(before?: LeakFigures): Promise<LeakFigures> {
  const end = Date.now() + PATIENCE_MS;
  for (let turn = 0; ; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    if (turn < TURNS - 1) continue;
    const late = before !== undefined && threads() > before.threads;
    if (!late || Date.now() > end) return figures();
  }
}

function figures(): LeakFigures {
  const buffer = getEnvironmentData(LEDGER_KEY) as unknown as SharedArrayBuffer | undefined;
  if (buffer === undefined) throw new Error('watch-mappings.js is not preloaded');
  const ranges = new MappingLedger(buffer).ranges();
  return {
    ranges: ranges.length,
    rangeBytes: ranges.reduce((sum, { start, end }) => sum + end - start, 0),
    pages: ranges.reduce((sum, range) => sum + presentPages(range), 0),
    threads: threads(),
    descriptors: descriptors(),
    heapBytes: process.memoryUsage().heapUsed,
    ...anonymousMemory(),
  };
}

function presentPages({ start, end }: Range): number {
  pagemap ??= new Pagemap();
  let pages = 0;
  pagemap.occupiedRanges(start, end - start, (_, bytes) => {
    pages += bytes / PAGE_SIZE;
  });
  return pages;
}

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function anonymousMemory(): Pick<LeakFigures, 'anonymousBytes' | 'mallocBytes'> {
  let anonymousKib = 0;
  let mallocKib = 0;
  let isHeap = false;
  for (const line of readFileSync('/proc/self/smaps', 'latin1').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isHeap = line.endsWith('[heap]');
    if (!line.startsWith('Anonymous:')) continue;
    const kib = Number(/\d+/.exec(line)?.[0]);
    if (isHeap) mallocKib += kib;
    else anonymousKib += kib;
  }
  return { anonymousBytes: anonymousKib * 1024, mallocBytes: mallocKib * 1024 };
}
