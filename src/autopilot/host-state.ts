import { readdirSync } from 'node:fs';
import { readText } from '../linux/sys/read-text.js';

const TASKS = '/proc/self/task';
/** CPUs are short when the threads of this process have waited for one for this part of the time, all together. */
const SHORT_PART = 0.1;

/**
 * Whether CPUs are short: how long the threads of this process have waited for one, by their run queues
 * (/proc/PID/task/TID/schedstat, Documentation/scheduler/sched-stats.rst). The load of the host would count other programs
 * that do not disturb this one, and misses those in other containers that do.
 */
export class CpuShortage {
  #waitedNs: number | undefined;
  #at = 0;

  /** Whether threads have waited since the last call. False if the kernel does not report it. @param now Milliseconds. */
  look(now: number): boolean {
    const waited = waitedNs();
    const before = this.#waitedNs;
    const elapsedNs = (now - this.#at) * 1e6;
    this.#waitedNs = waited;
    this.#at = now;
    if (waited === undefined || before === undefined || elapsedNs <= 0) return false;
    return (waited - before) / elapsedNs > SHORT_PART;
  }
}

/** Nanoseconds that all threads of the process have waited on a run queue. */
function waitedNs(): number | undefined {
  let sum = 0;
  try {
    for (const thread of readdirSync(TASKS)) {
      const waited = readText(`${TASKS}/${thread}/schedstat`)?.split(' ')[1];
      if (waited !== undefined) sum += Number(waited);
    }
  } catch {
    return undefined;
  }
  return Number.isFinite(sum) ? sum : undefined;
}

/** The swap of the host: none, only in memory (zram), or also on disks. */
export type Swap = 'none' | 'memory' | 'disk';

/** Reads /proc/swaps (proc_swaps(5)). Swap that is full counts as none. */
export function swapOf(text: string = readText('/proc/swaps') ?? ''): Swap {
  const free = text
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter(([, , size, used]) => Number(size) > Number(used));
  if (free.length === 0) return 'none';
  return free.every(([name]) => /\/zram\d+$/.test(name!)) ? 'memory' : 'disk';
}

/** Whether the kernel makes huge pages: the chosen word of the setting, or undefined if it has none. */
export function hugePageSetting(): string | undefined {
  return /\[(\w+)\]/.exec(readText('/sys/kernel/mm/transparent_hugepage/enabled') ?? '')?.[1];
}

/** Whether this process has locked memory (mlock). */
export function hasLockedMemory(): boolean {
  return Number(/^VmLck:\s+(\d+)/m.exec(readText('/proc/self/status') ?? '')?.[1] ?? 0) > 0;
}
