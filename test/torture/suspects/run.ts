/**
 * Everything that is suspected to hold the mmap lock for good, at once, around UFFDIO_MOVE of large folios. Started by
 * stalls.ts, which watches it.
 */
import { spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { openFerry } from '../../../src/index.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { advise, MADV_HUGEPAGE, MADV_POPULATE_WRITE, reserve } from '../../../src/linux/sys/mman.js';
import { Pagemap } from '../../../src/linux/sys/pagemap.js';
import { Userfaultfd } from '../../../src/linux/userfaultfd/userfaultfd.js';
import { processFigures } from '../process-figures.js';
import type { Proof, Tally, TortureMessage, TortureOptions } from '../protocol.js';
import type { SuspectRange, SuspectRole, SuspectTask } from './suspect-task.js';

const MIB = 2 ** 20;
const PAGE = 4096;
const RANGE_BYTES = 16 * MIB;
const REPORT_MS = 1000;
const ROLES: readonly SuspectRole[] = [
  'move',
  'move',
  'flags',
  'age',
  'collapse',
  'touch',
  'touch',
  'smaps',
  'pin',
];

const options = JSON.parse(process.argv[2]!) as TortureOptions;
const send = (message: TortureMessage): void => void process.send?.(message);
const failures: string[] = [];
const c = libc();
const ranges: SuspectRange[] = [0, 1].map(() => {
  const [here, there] = [reserve(RANGE_BYTES), reserve(RANGE_BYTES)];
  for (const { address } of [here, there]) advise(address, RANGE_BYTES, MADV_HUGEPAGE);
  advise(here.address, RANGE_BYTES, MADV_POPULATE_WRITE);
  const words = new Int32Array(c.view(here.address, RANGE_BYTES));
  for (let page = 0; page < RANGE_BYTES / PAGE; page++) words[page * 1024] = page + 1;
  const uffd = Userfaultfd.open(new Pagemap());
  for (const { address } of [here, there]) {
    if (uffd.register(address, RANGE_BYTES) !== 0) throw new Error('cannot register');
  }
  return { here: here.address, there: there.address, bytes: RANGE_BYTES, descriptor: uffd.descriptor };
});

const control = new Int32Array(new SharedArrayBuffer(4 * (1 + ROLES.length)));
const longest = new Int32Array(new SharedArrayBuffer(4 * ROLES.length));
const names = ROLES.map((role, i) => `${role}-${ROLES.slice(0, i).filter((other) => other === role).length}`);
const ends = ROLES.map((role, index) => {
  const name = names[index]!;
  const own = Number(name.split('-')[1]);
  const task: SuspectTask = { role, name, seed: options.seed, ranges, own, control, longest, index };
  const worker = new Worker(new URL('./suspect-thread.js', import.meta.url), { workerData: task, name });
  return new Promise<void>((resolve) => {
    worker.on('error', (error) => failures.push(`${name}: ${error.stack}`));
    worker.on('exit', () => resolve());
  });
});
// A reader from outside: it holds the mmap lock of this process for reading, and may be preempted there.
const outside = spawn('/bin/sh', [
  '-c',
  'while cat /proc/$1/smaps /proc/$1/numa_maps >/dev/null 2>&1; do :; done',
  'sh',
  String(process.pid),
]);
// Registers and unregisters its own memory meanwhile.
const ferry = await openFerry();
const region = ferry.allocate(8 * MIB, { folioSize: 2 * MIB });
new Uint8Array(region.buffer).fill(1);
let stop = false;
let migrations = 0;
const migrating = (async () => {
  for (let to = 1; !stop; to = 1 - to) {
    await region.migrate({ to, copyMode: to === 1 ? 'exclusive' : 'write-protected' });
    migrations++;
  }
})().catch((error: Error) => failures.push(`migrate: ${error.stack}`));
/** What each thread has done, by name, and how long one act took at most. */
const done = (): Tally => Object.fromEntries(names.map((name, i) => [name, Atomics.load(control, 1 + i)]));
const tallyOf = (): Tally => ({
  migrations,
  ...done(),
  ...Object.fromEntries(names.map((name, i) => [`longest ${name} in µs`, longest[i]!])),
});
const reporting = setInterval(() => {
  const beats = { ...done(), ferry: migrations };
  send({ kind: 'progress', beats, tally: tallyOf(), stats: ferry.stats(), figures: processFigures('self')! });
}, REPORT_MS);
const until = performance.now() + options.seconds * 1000;
while (performance.now() < until && failures.length === 0) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
stop = true;
Atomics.store(control, 0, 1);
await Promise.all([...ends, migrating]);
outside.kill();
clearInterval(reporting);
const damaged = ranges.flatMap(({ here, bytes }, which) => {
  const words = new Int32Array(c.view(here, bytes));
  return Array.from({ length: bytes / PAGE }, (_, page) => page)
    .filter((page) => words[page * 1024] !== page + 1)
    .map((page) => `range ${which}, page ${page}: ${words[page * 1024]}`);
});
const stats = ferry.stats();
await ferry.close();
const checked = names.reduce((sum, name, i) => (name.startsWith('touch') ? sum + control[1 + i]! : sum), 0);
const proof: Proof = {
  updatesMade: 0,
  updatesFound: 0,
  damaged: damaged.slice(0, 10),
  recordsWritten: 0,
  recordsChecked: checked,
  faultsAudited: { injected: 0, counted: 0 },
};
send({ kind: 'end', tally: tallyOf(), stats, proof, failures });
