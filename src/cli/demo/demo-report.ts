import { createHistogram } from 'node:perf_hooks';
import type { Host } from '../../bench/host.js';
import { gigabytesPerSecond } from '../../bench/summary.js';
import type { LoadRole } from './load-protocol.js';
import type { DemoOutcome } from './run-demo.js';

/** How long accesses took, in microseconds. An access to a page in flight waits for its batch. */
export interface Waits {
  readonly p50us: number;
  readonly p99us: number;
  readonly maxus: number;
}

/** What `pageferry demo --json` prints. */
export interface DemoReport {
  readonly schema: 'pageferry.demo/1';
  readonly host: Host;
  readonly bytesMoved: number;
  readonly GBps: number;
  readonly updates: number;
  /** Updates that are not in the memory, or are there twice, and places with impossible values. */
  readonly lost: number;
  readonly reader: Waits;
  readonly writer: Waits;
  readonly foliosFailed: number;
}

export function demoReport(outcome: DemoOutcome): DemoReport {
  const { host, bytesMoved, durationNs, updates, found, damaged, foliosFailed } = outcome;
  return {
    schema: 'pageferry.demo/1',
    host,
    bytesMoved,
    GBps: gigabytesPerSecond(bytesMoved, durationNs),
    updates,
    lost: Math.abs(updates - found) + damaged,
    reader: waits(outcome, 'reader'),
    writer: waits(outcome, 'writer'),
    foliosFailed,
  };
}

function waits({ threads }: DemoOutcome, role: LoadRole): Waits {
  const all = createHistogram();
  for (const thread of threads) if (thread.role === role) all.add(thread.times);
  if (all.count === 0) return { p50us: 0, p99us: 0, maxus: 0 };
  return { p50us: all.percentile(50) / 1000, p99us: all.percentile(99) / 1000, maxus: all.max / 1000 };
}
