import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { loaderOf, PROGRAM_KINDS } from './programs.js';
import type { ProgramRun } from './run-auto.js';

/** Answers that are compared between the ways. Fewer if the program is slower. */
const COMPARED = 5;

/** Nanoseconds that the main thread has had a CPU (Documentation/scheduler/sched-stats.rst). NaN without that. */
function cpuNs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return Number.NaN;
  }
}

/** A process of `bench auto`: NAME FOLDER WARM-UP-SECONDS SECONDS. Sends its ProgramRun, and ends. */
async function main([name, folder, warmUp, seconds]: readonly string[]): Promise<void> {
  const program = await PROGRAM_KINDS[name!]!.start(loaderOf(folder!));
  const answers: number[] = [];
  const times: number[] = [];
  const cpuTimes: number[] = [];
  const warm = performance.now() + Number(warmUp) * 1000;
  const end = warm + Number(seconds) * 1000;
  for (let now = performance.now(); now < end || times.length === 0; ) {
    const cpuBefore = cpuNs();
    const answer = await program.query();
    const after = performance.now();
    if (now >= warm) {
      times.push(after - now);
      cpuTimes.push((cpuNs() - cpuBefore) / 1e6);
    }
    if (answers.length < COMPARED) answers.push(answer);
    // As in a server, other work has its turn between two queries.
    await setImmediate();
    now = performance.now();
  }
  times.sort((a, b) => a - b);
  cpuTimes.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.min(times.length - 1, Math.floor(part * times.length))]!;
  const run: ProgramRun = {
    queries: times.length,
    medianMs: at(0.5),
    medianCpuMs: cpuTimes[cpuTimes.length >> 1]!,
    p99Ms: at(0.99),
    maxMs: times.at(-1)!,
    rssBytes: process.memoryUsage.rss(),
    answers,
  };
  process.send!(run, () => process.exit());
}

await main(process.argv.slice(2));
