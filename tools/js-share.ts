/**
 * How much of a migration at 4K is JavaScript, by V8's own profiler: `npm run profile`.
 *
 * The engine runs in this thread, over memory that nothing else touches, so that one profile holds all of
 * it. A sample belongs to native code (the calls through koffi: ioctl, memcpy, …; V8 gives them one name and
 * no script), to the garbage collector, or to JavaScript: everything else.
 */
import { Session } from 'node:inspector/promises';
import { PAGE_SIZE } from '../src/common/page.js';
import { Engine } from '../src/engine/engine.js';
import { PROGRESS_BYTES, progressWords } from '../src/engine/progress.js';
import { LinuxMachine } from '../src/linux/memory/linux-machine.js';
import { advise, MADV_NOHUGEPAGE, MADV_POPULATE_WRITE, reserve } from '../src/linux/sys/mman.js';
import { CpuMigrator } from '../src/migrators/cpu.js';
import { MigrateStats } from '../src/mm/stats.js';
import { MigratorRegistry } from '../src/offload/registry.js';

const BYTES = 512 * 1024 * 1024;
const PAGES = BYTES / PAGE_SIZE;
const WARM_UP = 6;
const ROUNDS = 20;
const REGION = 1;

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
const registry = new MigratorRegistry();
registry.register(new CpuMigrator());

const engine = new Engine({ machine, registry, totals: new MigrateStats() });
engine.attach(REGION, { spans: [{ address: memory.address, pages: PAGES, offset: 0 }], node: 0 }, 0);
const progress = progressWords(new SharedArrayBuffer(PROGRESS_BYTES));

async function migrate(target: number): Promise<number> {
  const ended = engine.migrate(
    {
      region: REGION,
      target,
      from: 0,
      to: PAGES,
      reason: 'syscall',
      mode: 'sync',
      moveGaps: false,
      copyMode: 'exclusive',
      hugePages: 'keep',
      batchPages: 512,
    },
    progress,
  );
  while (engine.busy) engine.step();
  const { foliosMoved, durationNs } = (await ended).result;
  if (foliosMoved !== PAGES) throw new Error(`moved ${foliosMoved} of ${PAGES} folios`);
  return durationNs;
}

for (let i = 0; i < WARM_UP; i++) await migrate((i + 1) % 2);
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: 100 });
await session.post('Profiler.start');
let total = 0;
for (let i = 0; i < ROUNDS; i++) total += await migrate((i + 1) % 2);
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
