import type { CpuTicks, Snapshot, Task } from './tasks.js';

const FRAMES = 12;
/** Functions in which a thread waits for the mmap lock of its process, or for the readers of one mapping (Linux 6.8 to 7.2). */
const LOCK_WAITS =
  /rwsem_down_(read|write)_(slowpath|failed)|vma_start_write|vma_enter_locked|lock_mm_and_find/;
const FAULT_WAIT = /handle_userfault/;

/**
 * What a process that is stuck does, and what else may keep it from going on: every task of the system, recorded twice.
 * The order is: a verdict, the tasks of the process, the other tasks that ran or do not sleep, and the rest by name.
 */
export function stallReport(pid: number, first: Snapshot, second: Snapshot): string {
  const seconds = (second.at - first.at) / 1000;
  const own = [...second.tasks.values()].filter((task) => task.pid === pid);
  const others = [...second.tasks.values()].filter((task) => task.pid !== pid);
  const shown = others.filter((task) => ran(first, task) > 0 || !/^[SI]$/.test(task.state) || inLock(task));
  const rest = others.filter((task) => !shown.includes(task));
  const gone = [...first.tasks.values()].filter(({ tid }) => !second.tasks.has(tid));
  return [
    `two looks, ${seconds.toFixed(2)} s apart, at ${second.tasks.size} tasks:`,
    ...verdict(pid, first, second).map((line) => `  ${line}`),
    `tasks of process ${pid}:`,
    ...own.flatMap((task) => describe(first.tasks.get(task.tid), task)),
    'other tasks that ran, or are not asleep:',
    ...shown.flatMap((task) => describe(first.tasks.get(task.tid), task)),
    `ended in between: ${names(gone)}`,
    `asleep at both looks, without having run: ${names(rest)}`,
  ].join('\n');
}

/** The lines that a reader needs first. */
export function verdict(pid: number, first: Snapshot, second: Snapshot): string[] {
  const own = [...second.tasks.values()].filter((task) => task.pid === pid);
  const grown = [...second.tasks.values()]
    .map((task) => ({ task, ns: ran(first, task), before: first.tasks.get(task.tid) }))
    .filter(({ ns }) => ns > 0)
    .sort((a, b) => b.ns - a.ns);
  const lines = [
    `waiting for the mmap lock or for a mapping: ${names(own.filter(inLock))}`,
    `waiting in a page fault of a userfaultfd: ${names(own.filter(inFault))}`,
    `asleep and not to be interrupted (D): ${names(own.filter(({ state }) => state === 'D'))}`,
    `CPU time grew: ${grown.map(({ task, before, ns }) => growth(task, before, ns)).join(', ') || 'of no task'}`,
  ];
  const circling = grown.filter(({ task, before }) => inKernelOnly(task, before)).map(({ task }) => task);
  lines.push(`ran in the kernel and not in the program: ${names(circling)}`);
  return [...lines, ...second.cpus.map((cpu) => steal(first.cpus, cpu))];
}

/** Whether a task waits for the mmap lock, or for the readers of a mapping. */
export function inLock({ state, wchan, stack }: Task): boolean {
  if (state === 'R') return false;
  return LOCK_WAITS.test(wchan) || stack.some((frame) => LOCK_WAITS.test(frame));
}

function inFault({ wchan, stack }: Task): boolean {
  return FAULT_WAIT.test(wchan) || stack.some((frame) => FAULT_WAIT.test(frame));
}

/** Nanoseconds for which a task ran between two looks; by its ticks where the kernel counts nothing finer. */
function ran(first: Snapshot, task: Task): number {
  const before = first.tasks.get(task.tid);
  if (task.ranNs !== undefined) return task.ranNs - (before?.ranNs ?? 0);
  const ticks = task.userTicks + task.systemTicks - ((before?.userTicks ?? 0) + (before?.systemTicks ?? 0));
  return ticks * 1e7;
}

function inKernelOnly(task: Task, before: Task | undefined): boolean {
  if (before === undefined) return false;
  return task.systemTicks > before.systemTicks && task.userTicks === before.userTicks;
}

function growth(task: Task, before: Task | undefined, ns: number): string {
  const user = task.userTicks - (before?.userTicks ?? 0);
  const system = task.systemTicks - (before?.systemTicks ?? 0);
  return `${nameOf(task)} by ${(ns / 1e6).toFixed(1)} ms (ticks: ${user} user, ${system} system)`;
}

function steal(before: readonly CpuTicks[], cpu: CpuTicks): string {
  const then = before.find(({ name }) => name === cpu.name) ?? { all: 0, idle: 0, steal: 0 };
  const all = cpu.all - then.all;
  return `${cpu.name}: ${all} ticks, ${cpu.idle - then.idle} idle, ${cpu.steal - then.steal} stolen by the host`;
}

function describe(before: Task | undefined, task: Task): string[] {
  const change = (now: number, then: number | undefined): string => `${then ?? 0} +${now - (then ?? 0)}`;
  const place = (at: Task): string => `${at.state} in ${at.wchan || '?'}, syscall ${at.syscall || '?'}`;
  const waited = task.waitedNs === undefined ? 0 : task.waitedNs - (before?.waitedNs ?? 0);
  const lines = [
    `  ${nameOf(task)}: ${before === undefined ? 'new' : place(before)}; ticks ${change(task.userTicks, before?.userTicks)} user, ` +
      `${change(task.systemTicks, before?.systemTicks)} system; waited ${(waited / 1e6).toFixed(1)} ms for a CPU`,
  ];
  if (before !== undefined) lines.push(...frames(before));
  if (before === undefined || place(before) !== place(task) || before.stack.join() !== task.stack.join()) {
    lines.push(`    then ${place(task)}`, ...frames(task));
  }
  return lines;
}

function frames({ stack }: Task): string[] {
  return stack.slice(0, FRAMES).map((frame) => `      ${frame}`);
}

function nameOf({ pid, tid, name }: Task): string {
  return `${pid}/${tid} ${name}`;
}

function names(tasks: readonly Task[]): string {
  return tasks.map(nameOf).join(', ') || 'none';
}
