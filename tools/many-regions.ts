/**
 * Many small regions, `npm run many-regions`: what adopting each costs as their number grows, what migrating all of them
 * costs one after the other and at once, and how many mappings the process has.
 */
import { readFileSync } from 'node:fs';
import { formatSize } from '../src/common/size.js';
import { type Ferry, openFerry, type Region } from '../src/index.js';

const BYTES = 65536;
const COUNTS = [1000, 2500, 5000, 10_000] as const;

console.log(`regions of ${formatSize(BYTES)}; µs each, by the host's clock`);
console.log('  regions    adopt 1-by-1  at once mappings  at most');
const ferry = await openFerry();
const regions: Region[] = [];
for (const count of COUNTS) {
  const buffers = Array.from({ length: count - regions.length }, newBuffer);
  const adopting = performance.now();
  for (const buffer of buffers) regions.push(ferry.adopt(buffer));
  const adopted = (performance.now() - adopting) / buffers.length;
  const before = mappings();
  const oneByOne = await timeEach(regions, () => migrateOneByOne(regions));
  let max = 0;
  const atOnce = await timeEach(regions, async () => {
    max = await migrateAtOnce(ferry, regions);
  });
  const cells = [adopted, oneByOne, atOnce].map((ms) => Math.round(ms * 1000));
  console.log([count, ...cells, before, max].map((cell) => String(cell).padStart(9)).join(''));
}
await ferry.close();

function newBuffer(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(BYTES);
  new Uint8Array(buffer).fill(7);
  return buffer;
}

/** Milliseconds for each region. */
async function timeEach(all: readonly Region[], run: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / all.length;
}

async function migrateOneByOne(all: readonly Region[]): Promise<void> {
  for (const region of all) await region.migrate({ to: ferry.nodeIds[1]! });
}

/** Returns the most mappings that were seen meanwhile. */
async function migrateAtOnce({ nodeIds }: Ferry, all: readonly Region[]): Promise<number> {
  let max = 0;
  await Promise.all(
    all.map(async (region, i) => {
      await region.migrate({ to: nodeIds[0]! });
      if (i % 500 === 0) max = Math.max(max, mappings());
    }),
  );
  return max;
}

function mappings(): number {
  return readFileSync('/proc/self/maps', 'latin1').split('\n').length - 1;
}
