import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const SLICE_FILE = '/sys/kernel/debug/sched/base_slice_ns';
/** kernel/sched/fair.c: 0.7 ms since Linux 6.15, times 1 + log2 of the CPUs, 8 at most. */
const BASE_SLICE_NS = 700_000;
const MAX_SCALED_CPUS = 8;
const LOOPS = 50_000_000;

/** A figure, and where it comes from. */
export interface SourcedFigure {
  readonly value: number;
  readonly source: string;
}

/** How long a thread runs before another gets its turn, in ns; as the kernel says, or else as it is by default. */
export function timeSlice(read: (file: string) => string = readText): SourcedFigure {
  const told = Number(read(SLICE_FILE).trim());
  if (told > 0 && Number.isFinite(told)) return { value: told, source: `read from ${SLICE_FILE}` };
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

/** It hands back what it counted, so that the loop cannot be left out. */
function count(loops: number): number {
  let counted = 0;
  while (counted < loops) counted++;
  return counted;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
