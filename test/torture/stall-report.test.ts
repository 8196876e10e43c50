import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stallReport, verdict } from './stall-report.js';
import type { CpuTicks, Snapshot, Task } from './tasks.js';

const PID = 100;

function task(tid: number, changes: Partial<Task>): Task {
  const at = { state: 'S', userTicks: 5, systemTicks: 5, ranNs: 100, waitedNs: 0, wchan: '', syscall: '' };
  return { pid: PID, tid, name: `t${tid}`, ...at, stack: [], ...changes };
}

function snapshot(at: number, tasks: readonly Task[], cpu: Omit<CpuTicks, 'name'>): Snapshot {
  return { at, tasks: new Map(tasks.map((each) => [each.tid, each])), cpus: [{ name: 'cpu0', ...cpu }] };
}

const WAITS = { state: 'D', stack: ['rwsem_down_write_slowpath+0x1/0x2', 'do_madvise+0x1/0x2'] };
const before = [
  task(100, WAITS),
  task(101, { state: 'R' }),
  task(102, { state: 'R' }),
  task(103, { wchan: 'handle_userfault' }),
  task(7, { pid: 7, name: 'khugepaged' }),
  task(8, { pid: 8, name: 'idle-one' }),
  task(9, { pid: 9, name: 'short' }),
];
const after = [
  task(100, WAITS),
  task(101, { state: 'R', ranNs: 9e8, systemTicks: 95 }),
  task(102, { state: 'R', ranNs: 1e8, userTicks: 15 }),
  task(103, { wchan: 'handle_userfault' }),
  task(7, { pid: 7, name: 'khugepaged', ranNs: 1_000_100, wchan: 'rwsem_down_read_slowpath' }),
  task(8, { pid: 8, name: 'idle-one' }),
];
const first = snapshot(0, before, { all: 1000, idle: 500, steal: 10 });
const second = snapshot(1000, after, { all: 1100, idle: 500, steal: 35 });

test('the verdict names who waits for the mmap lock, who ran, who turned in the kernel, and what the host took', () => {
  assert.deepEqual(verdict(PID, first, second), [
    'waiting for the mmap lock or for a mapping: 100/100 t100',
    'waiting in a page fault of a userfaultfd: 100/103 t103',
    'asleep and not to be interrupted (D): 100/100 t100',
    'CPU time grew: 100/101 t101 by 900.0 ms (ticks: 0 user, 90 system), 100/102 t102 by 100.0 ms (ticks: 10 user, ' +
      '0 system), 7/7 khugepaged by 1.0 ms (ticks: 0 user, 0 system)',
    'ran in the kernel and not in the program: 100/101 t101',
    'cpu0: 100 ticks, 0 idle, 25 stolen by the host',
  ]);
});

test('every task of the system is in the report, those that sleep by name', () => {
  const text = stallReport(PID, first, second);
  assert.match(text, /two looks, 1\.00 s apart, at 6 tasks/);
  assert.match(text, /^ {2}100\/100 t100: D in \?, .*\n {6}rwsem_down_write_slowpath/m);
  assert.match(text, /not asleep:\n {2}7\/7 khugepaged: S in \?.*\n {4}then S in rwsem_down_read_slowpath/);
  assert.match(text, /^ended in between: 9\/9 short$/m);
  assert.match(text, /^asleep at both looks, without having run: 8\/8 idle-one$/m);
});

test('a kernel that counts no nanoseconds is asked for ticks', () => {
  const coarse = { ranNs: undefined, waitedNs: undefined };
  const then = snapshot(0, [task(101, coarse)], { all: 0, idle: 0, steal: 0 });
  const now = snapshot(1000, [task(101, { ...coarse, userTicks: 25 })], { all: 0, idle: 0, steal: 0 });
  assert.equal(
    verdict(PID, then, now)[3],
    'CPU time grew: 100/101 t101 by 200.0 ms (ticks: 20 user, 0 system)',
  );
});
