import { openFerry } from 'pageferry';

const bytes = 512 * 2 ** 20;
const memory = new SharedArrayBuffer(bytes);
const words = new Uint32Array(memory);
words.fill(1);

/** Nanoseconds of one read at a random place. */
function readNs() {
  let at = 1;
  let sum = 0;
  const count = 2_000_000;
  const began = process.hrtime.bigint();
  for (let i = 0; i < count; i++) {
    at = (Math.imul(at, 1664525) + 1013904223) >>> 0;
    sum += words[(at + sum) % words.length];
  }
  return Number(process.hrtime.bigint() - began) / count;
}

const ferry = await openFerry();
const region = ferry.adopt(memory);
readNs(); // warm up
const before = readNs();
const result = await region.migrate({ to: ferry.nodes[0].id, hugePages: 'promote' });
const after = readNs();

console.log(`${result.hugeBytes / 2 ** 20} MiB on huge pages, ${result.foliosFailed} folios failed`);
console.log(`one random read: ${before.toFixed(0)} ns before, ${after.toFixed(0)} ns after`);
await ferry.close();
