/**
 * How much of a migration at 4K is JavaScript, by V8's own profiler: `npm run profile`.
 *
 * The engine runs in this thread, over memory that nothing else touches, so that one profile holds all of
 * it. A sample belongs to native code (the calls through koffi: ioctl, memcpy, …; V8 gives them one name and
 * no script), to the garbage collector, or to JavaScript: everything else.
 */
import { Session } from 'node:inspector/promises';
import { PAGE_SIZE } from '../src/common/page.js';
import { PROGRESS_BYTES } from '../src/ferry/thread/control.js';
import { MigrateJob } from '../src/ferry/thread/migrate-job.js';
import { LinuxMachine } from '../src/linux/memory/linux-machine.js';
import { advise, MADV_NOHUGEPAGE, MADV_POPULATE_WRITE, reserve } from '../src/linux/sys/mman.js';
import { CpuMigrator } from '../src/migrators/cpu.js';
import { MigrateStats } from '../src/mm/stats.js';
import { BatchOffload } from '../src/offload/batch-offload.js';
import { MigratorRegistry } from '../src/offload/registry.js';

const BYTES = 512 * 1024 * 1024;
const PAGES = BYTES / PAGE_SIZE;
const WARM_UP = 6;
const ROUNDS = 20;

const memory = reserve(BYTES);
advise(memory.address, BYTES, MADV_NOHUGEPAGE);
advise(memory.address, BYTES, MADV_POPULATE_WRITE);
const node = { numaNode: 0, capacityPages: Number.POSITIVE_INFINITY };
const machine = new LinuxMachine({
  nodes: [node, node],
  windowPages: 512,
  maxPoolPages: PAGES,
  copy: 'fast',
});
const space = machine.attach([{ address: memory.address, pages: PAGES }], 0);
const registry = new MigratorRegistry();
registry.register(new CpuMigrator());

function migrate(target: number): number {
  const job = new MigrateJob({
    machine,
    offload: new BatchOffload(registry, machine),
    totals: new MigrateStats(),
    space,
    maxOrder: 0,
    reason: 'syscall',
    mode: 'sync',
    batchPages: 512,
    progress: new SharedArrayBuffer(PROGRESS_BYTES),
    pauseWanted: () => false,
    unshareMapped: true,
  });
  for (const _ of job.range(0, PAGES, target)) {
    // a batch each
  }
  job.finish();
  const { foliosMoved, durationNs } = job.reply();
  if (foliosMoved !== PAGES) throw new Error(`moved ${foliosMoved} of ${PAGES} folios`);
  return durationNs;
}

for (let i = 0; i < WARM_UP; i++) migrate((i + 1) % 2);
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: 100 });
await session.post('Profiler.start');
let total = 0;
for (let i = 0; i < ROUNDS; i++) total += migrate((i + 1) % 2);
const { profile } = await session.post('Profiler.stop');
session.disconnect();

const selfByName = new Map<string, number>();
let samples = 0;
let native = 0;
let collector = 0;
for (const { callFrame, hitCount = 0 } of profile.nodes) {
  const { functionName, url } = callFrame;
  if (functionName === '(idle)' || functionName === '(root)') continue;
  samples += hitCount;
  if (functionName === '(garbage collector)') collector += hitCount;
  else if (url === '' && functionName !== '(program)') native += hitCount;
  const name = url === '' && !functionName.startsWith('(') ? 'native' : functionName;
  selfByName.set(name, (selfByName.get(name) ?? 0) + hitCount);
}
const percent = (hits: number): string => `${((100 * hits) / samples).toFixed(1).padStart(5)} %`;
const perFolio = total / (ROUNDS * PAGES);
console.log(`${PAGES} folios of 4K, ${ROUNDS} migrations, cpu migrator: ${perFolio.toFixed(0)} ns per folio`);
console.log(`${percent(native)}  native: system calls and memcpy, through koffi`);
console.log(`${percent(samples - native - collector)}  JavaScript`);
console.log(`${percent(collector)}  garbage collector`);
console.log('\nself time by function:');
for (const [name, hits] of [...selfByName].sort((a, b) => b[1] - a[1]).slice(0, 16)) {
  console.log(`${percent(hits)}  ${name}`);
}
