import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds, as the kernel counts it. */
export interface ProcessFigures {
  readonly rssBytes: number;
  /** Mapped ranges: lines of /proc/PID/maps. */
  readonly mappings: number;
  readonly threads: number;
  readonly descriptors: number;
}

/** Returns undefined when the process is gone. */
export function processFigures(pid: number | 'self'): ProcessFigures | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024,
      mappings: readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n').length - 1,
      threads: Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1] ?? 0),
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
    };
  } catch {
    return undefined;
  }
}
