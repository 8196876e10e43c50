/** Adopts memory, releases it, drops it, and reports what the process still has of it. Needs --expose-gc. */
import { setTimeout } from 'node:timers/promises';
import { openFerry, type Region } from '../../../../src/index.js';

const MIB = 2 ** 20;
const BYTES = 16 * MIB;

await using ferry = await openFerry();
await inTurn();
const before = kept();

for (const end of ['release', 'allocated', 'weak'] as const) {
  for (let i = 0; i < 4; i++) await use(end);
  await inTurn();
  console.log(end, kept() - before < BYTES ? 'freed' : `${(kept() - before) / MIB} MiB kept`);
}

// A device may still read what it did not finish to copy.
await ferry.parameters.set('module/pageferry/parameters/copy_timeout_ms', 20);
await ferry.registerMigrator({ name: 'error', inner: { name: 'cpu' }, hang: 1 });
await use('hung');
await inTurn();
console.log('hung', kept() - before < BYTES ? 'freed' : 'kept');
await ferry.unregisterMigrator('error');
await use('release');
await inTurn();
console.log('at rest', kept() - before < BYTES ? 'freed' : 'kept');

async function use(end: 'release' | 'allocated' | 'weak' | 'hung'): Promise<void> {
  const region = end === 'allocated' ? ferry.allocate(BYTES) : adopted(end === 'weak');
  await region.migrate({
    to: ferry.nodeIds[1]!,
    copyMode: end === 'hung' ? 'write-protected' : 'exclusive',
  });
  if (end !== 'weak') await region.release();
  else while (!region.released) await inTurn();
}

function adopted(weakly: boolean): Region {
  const memory = new SharedArrayBuffer(BYTES);
  new Uint8Array(memory).fill(1);
  return ferry.adopt(memory, { reference: weakly ? 'weak' : 'strong' });
}

/** Collects garbage twice, in turns of the event loop: what the first one finds may hold more. */
async function inTurn(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await setTimeout(20);
    globalThis.gc!();
  }
}

/** Bytes of all buffers of this thread's making that exist. */
function kept(): number {
  return process.memoryUsage().arrayBuffers;
}
