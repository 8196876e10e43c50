/**
 * A process that is stuck on purpose: one thread sleeps in a page that nobody brings, one turns in the program, one makes a
 * system call again and again. Only the last two go on. Started by supervise.test.ts in the place of run.ts.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { libc } from '../../../src/linux/sys/libc.js';
import { Pagemap } from '../../../src/linux/sys/pagemap.js';
import { Userfaultfd } from '../../../src/linux/userfaultfd/userfaultfd.js';
import { memory, PAGE } from '../../linux/support/memory.js';
import { processFigures } from '../process-figures.js';
import type { ProgressMessage, Tally } from '../protocol.js';

type Role = 'sleeper' | 'spinner' | 'caller';

interface Task {
  readonly role: Role;
  readonly address: number;
  readonly beats: Int32Array;
}

const ROLES: readonly Role[] = ['sleeper', 'spinner', 'caller'];

if (isMainThread) await direct();
else act(workerData as Task);

async function direct(): Promise<void> {
  const range = memory(PAGE, false);
  const uffd = Userfaultfd.open(new Pagemap());
  if (uffd.register(range.address, PAGE) !== 0) throw new Error('cannot register');
  /** The thread id of each role. */
  const tally: Tally = {};
  const beats = new Int32Array(new SharedArrayBuffer(4 * ROLES.length));
  for (const role of ROLES) {
    const task: Task = { role, address: range.address, beats };
    const worker = new Worker(new URL(import.meta.url), { workerData: task, name: role });
    tally[role] = await new Promise<number>((resolve) => worker.once('message', resolve));
  }
  setInterval(() => {
    const counts = Object.fromEntries(ROLES.map((role, i) => [role, Atomics.load(beats, i)]));
    const message = { kind: 'progress', beats: counts, tally, stats: {}, figures: processFigures('self') };
    process.send?.(message as unknown as ProgressMessage);
  }, 100);
}

function act({ role, address, beats }: Task): void {
  parentPort!.postMessage(Number(readlinkSync('/proc/thread-self').split('/').at(-1)));
  const index = ROLES.indexOf(role);
  const bytes = role === 'sleeper' ? new Uint8Array(libc().view(address, PAGE)) : undefined;
  for (;;) {
    Atomics.add(beats, index, 1);
    if (bytes !== undefined) Atomics.add(beats, index, bytes[0]!);
    if (role === 'caller') readFileSync('/proc/self/stat');
    else for (let i = 0; i < 1e5; i++) Atomics.load(beats, index);
  }
}
