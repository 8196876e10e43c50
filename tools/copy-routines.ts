/**
 * How fast this host copies, by routine and size of the pieces: `npm run copies`. What `linux/code/copy.ts` chooses,
 * and `docs/performance.md` says of it, comes from here. The variants take turns; medians of all rounds.
 */

import { formatSize } from '../src/common/size.js';
import { gigabytesPerSecond, summarize } from '../src/common/summary.js';
import { copyRoutine } from '../src/linux/code/copy.js';
import { streamingCopy, streamingRoutines } from '../src/linux/code/streaming-copy.js';
import { libc } from '../src/linux/sys/libc.js';
import { advise, MADV_HUGEPAGE, MADV_POPULATE_WRITE, reserve } from '../src/linux/sys/mman.js';

const BYTES = 512 * 2 ** 20;
const ROUNDS = 15;
const PIECES = [1024, 2048, 4096, 16384, 65536, 262144, 524288, 1048576, 2097152];

const memory = reserve(2 * BYTES);
advise(memory.address, memory.bytes, MADV_HUGEPAGE);
advise(memory.address, memory.bytes, MADV_POPULATE_WRITE);
const { memcpy } = libc();
const checked = copyRoutine('checked');
const variants = [
  { name: 'memcpy', copy: memcpy },
  { name: 'process_vm_writev', copy: checked },
  ...streamingRoutines().map((name) => ({ name: `streaming, ${name}`, copy: streamingCopy(name) ?? memcpy })),
].flatMap(({ name, copy }) => PIECES.map((piece) => ({ name, copy, piece, speeds: [] as number[] })));

for (let round = 0; round < ROUNDS; round++) {
  for (const { copy, piece, speeds } of variants) {
    const started = performance.now();
    for (let offset = 0; offset < BYTES; offset += piece) {
      copy(memory.address + BYTES + offset, memory.address + offset, piece);
    }
    speeds.push(gigabytesPerSecond(BYTES, (performance.now() - started) * 1e6));
  }
}
console.log(`${formatSize(BYTES)} on huge pages, ${ROUNDS} rounds, GB/s: median (min-max)`);
for (const { name, piece, speeds } of variants) {
  const { median, min, max } = summarize(speeds);
  const figures = `${median.toFixed(1).padStart(5)} (${min.toFixed(1)}-${max.toFixed(1)})`;
  console.log(`${name.padEnd(18)} in pieces of ${formatSize(piece).padStart(4)}  ${figures}`);
}
