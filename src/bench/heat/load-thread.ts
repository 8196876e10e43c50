/** One thread of a program whose accesses are known. It accesses its memory in blocks, and counts and times them. */
import { parentPort, workerData } from 'node:worker_threads';
import { WaitHistogram } from '../../common/wait-histogram.js';
import { CpuTime } from '../../linux/sys/cpu-time.js';
import { monotonicMs } from './clock.js';
import {
  ACCESSES,
  CPU_NANOSECONDS,
  type LoadEnd,
  type LoadThreadOptions,
  NANOSECONDS,
  PHASE_CELLS,
  STOP,
  TIMES_BYTES,
  WAIT,
} from './load-protocol.js';
import { openProgram } from './programs.js';
import { AccessCounts } from './truth.js';

const options = workerData as LoadThreadOptions;
const { control, beganMs, phases } = options;
const program = openProgram(options.memory, options.thread);
const accessCounts = new AccessCounts(options.units, options.slices, options.counts);
const { counts } = accessCounts;
const cells = new Float64Array(options.cells);
const times = Array.from(
  { length: phases },
  (_, phase) => new WaitHistogram(options.times, phase * TIMES_BYTES),
);

/**
 * Runs until the command is STOP. A block allocates one number, the time, so there is a garbage collection in about 100,000
 * blocks. Numbers that are passed to functions are integers for that reason.
 */
function run(): void {
  const cpu = new CpuTime();
  const began = beganMs - (monotonicMs() - performance.now());
  let phase = Atomics.load(control, 0);
  let from = performance.now();
  let cpuNs = cpu.ofThread();
  while (phase !== STOP) {
    const ms = (from - began) | 0;
    const accesses = program.block(counts, accessCounts.rowAt(ms), ms);
    const to = performance.now();
    const ns = Math.round((to - from) * 1e6);
    const cell = phase * PHASE_CELLS;
    cells[cell + ACCESSES]! += accesses;
    cells[cell + NANOSECONDS]! += ns;
    if (accesses > 0) times[phase]!.record(ns);
    from = to;
    const next = Atomics.load(control, 0);
    if (next === phase) continue;
    const spentNs = cpu.ofThread();
    cells[cell + CPU_NANOSECONDS] = spentNs - cpuNs;
    cpuNs = spentNs;
    phase = next;
  }
}

parentPort!.postMessage('ready');
Atomics.wait(control, 0, WAIT);
run();
const { wrong, updates } = program;
parentPort!.postMessage({ wrong, updates } satisfies LoadEnd);
