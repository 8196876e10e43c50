import { availableParallelism } from 'node:os';
import { readText } from '../../linux/sys/read-text.js';

const SLICE_FILE = '/sys/kernel/debug/sched/base_slice_ns';
/** kernel/sched/fair.c: 0.7 ms since Linux 6.15, times 1 + log2 of at most 8 CPUs. */
const BASE_SLICE_NS = 700_000;
const MAX_SCALED_CPUS = 8;
const LOOPS = 50_000_000;

export interface SourcedFigure {
  readonly value: number;
  readonly source: string;
}

/** Nanoseconds that a thread runs before another gets its turn, as the kernel reports it, or else its default. */
export function timeSlice(): SourcedFigure {
  const value = Number(readText(SLICE_FILE));
  if (value > 0 && Number.isFinite(value)) return { value, source: `read from ${SLICE_FILE}` };
  const cpus = Math.min(availableParallelism(), MAX_SCALED_CPUS);
  return {
    value: BASE_SLICE_NS * (1 + Math.floor(Math.log2(cpus))),
    source: `not measured, ${SLICE_FILE} cannot be read: kernel/sched/fair.c, 0.7 ms × (1 + log2 of ${cpus} CPUs)`,
  };
}

/** Iterations a second of an empty counting loop, in JavaScript. */
export function measureLoops(): number {
  const started = performance.now();
  const counted = count(LOOPS);
  return (counted / (performance.now() - started)) * 1000;
}

/** Returns the count, so that the compiler keeps the loop. */
function count(loops: number): number {
  let counted = 0;
  while (counted < loops) counted++;
  return counted;
}
