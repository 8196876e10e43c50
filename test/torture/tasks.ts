import { readdirSync, readFileSync } from 'node:fs';

/** A task (thread) as /proc shows it. Nothing that is read here takes the mmap lock of the task's process. */
export interface Task {
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  /** R running or runnable, S asleep, D asleep and not to be interrupted, … (proc_pid_stat(5)). */
  readonly state: string;
  /** Clock ticks spent in the program and in the kernel. */
  readonly userTicks: number;
  readonly systemTicks: number;
  /** Nanoseconds on a CPU; undefined where the kernel does not count them. */
  readonly ranNs: number | undefined;
  /** Nanoseconds in which it could run and got no CPU. */
  readonly waitedNs: number | undefined;
  /** The kernel function in which it sleeps; empty where that may not be read. */
  readonly wchan: string;
  /** Number and arguments of its system call, or `running`. A thread that sleeps in a page fault is in none: -1. */
  readonly syscall: string;
  /** The kernel's stack, innermost function first; empty where it may not be read. */
  readonly stack: readonly string[];
}

/** Clock ticks of one CPU since boot (proc_stat(5)). */
export interface CpuTicks {
  readonly name: string;
  readonly all: number;
  readonly idle: number;
  /** Ticks in which the host ran something else than this virtual CPU. */
  readonly steal: number;
}

export interface Snapshot {
  /** Milliseconds, performance.now(). */
  readonly at: number;
  /** Every task that this process can see, by thread id. */
  readonly tasks: ReadonlyMap<number, Task>;
  readonly cpus: readonly CpuTicks[];
}

/** Records every task of the system. */
export function takeSnapshot(): Snapshot {
  const tasks = new Map<number, Task>();
  const at = performance.now();
  for (const pid of numbersIn('/proc')) {
    for (const tid of numbersIn(`/proc/${pid}/task`)) {
      const task = readTask(pid, tid);
      if (task !== undefined) tasks.set(tid, task);
    }
  }
  return { at, tasks, cpus: readCpus() };
}

function readTask(pid: number, tid: number): Task | undefined {
  const folder = `/proc/${pid}/task/${tid}`;
  // The name is in parentheses, and may hold any character.
  const match = /^\d+ \((.*)\) (.*)$/s.exec(text(`${folder}/stat`));
  if (match === null) return undefined;
  // Field 3 is the state, 14 and 15 are the ticks.
  const fields = match[2]!.split(' ');
  const schedule = text(`${folder}/schedstat`).split(' ');
  const stack = text(`${folder}/stack`);
  return {
    pid,
    tid,
    name: match[1]!,
    state: fields[0]!,
    userTicks: Number(fields[11]),
    systemTicks: Number(fields[12]),
    ranNs: schedule.length === 3 ? Number(schedule[0]) : undefined,
    waitedNs: schedule.length === 3 ? Number(schedule[1]) : undefined,
    wchan: text(`${folder}/wchan`).replace(/^0$/, ''),
    syscall: text(`${folder}/syscall`),
    stack: stack === '' ? [] : stack.split('\n').map((frame) => frame.replace(/^\[<[^>]*>\] /, '')),
  };
}

function readCpus(): CpuTicks[] {
  const cpus: CpuTicks[] = [];
  for (const [, name, rest] of text('/proc/stat').matchAll(/^(cpu\d+) (.*)$/gm)) {
    const [user, nice, system, idle, iowait, irq, softirq, steal] = rest!.split(' ').map(Number);
    const rested = idle! + iowait!;
    const all = user! + nice! + system! + rested + irq! + softirq! + (steal ?? 0);
    cpus.push({ name: name!, all, idle: rested, steal: steal ?? 0 });
  }
  return cpus;
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
