/**
 * What copying and moving pages cost each other when both go on at once: `npm run interference`. A soft channel copies 2M
 * pieces without a pause while this thread moves pages to and fro, pausing between two moves for as long as a row says.
 */

import { PMD_SIZE } from '../src/common/page.js';
import { gigabytesPerSecond, summarize } from '../src/common/summary.js';
import { SoftDevice } from '../src/dmaengine/soft/soft-device.js';
import {
  advise,
  MADV_DONTNEED,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MADV_POPULATE_WRITE,
  type Mapping,
  reserve,
} from '../src/linux/sys/mman.js';
import { Pagemap } from '../src/linux/sys/pagemap.js';
import { Userfaultfd } from '../src/linux/userfaultfd/userfaultfd.js';

const COPY_BYTES = 512 * 2 ** 20;
const MOVE_BYTES = 64 * 2 ** 20;
const PHASE_MS = 300;
const ROUNDS = 5;
const IN_FLIGHT = 16;

function populated(bytes: number, advice: number): Mapping {
  const mapping = reserve(bytes);
  advise(mapping.address, bytes, advice);
  advise(mapping.address, bytes, MADV_POPULATE_WRITE);
  return mapping;
}

const uffd = Userfaultfd.open(new Pagemap());

/** Moves 2M from one range to the other, at each call the next 2M; and back when all are there. */
function shuttle(advice: number): () => void {
  const ranges = [populated(MOVE_BYTES, advice), reserve(MOVE_BYTES)] as const;
  advise(ranges[1].address, MOVE_BYTES, advice);
  for (const { address } of ranges) uffd.register(address, MOVE_BYTES);
  let from = 0;
  let offset = 0;
  return () => {
    const moved = uffd.move(
      ranges[1 - from]!.address + offset,
      ranges[from]!.address + offset,
      PMD_SIZE,
      true,
    );
    if (moved !== PMD_SIZE) throw new Error(`only ${moved} bytes were moved (errno ${uffd.errno})`);
    offset += PMD_SIZE;
    if (offset < MOVE_BYTES) return;
    offset = 0;
    from = 1 - from;
    // An empty page table left behind would have 2M pages arrive as small ones.
    for (const { address } of ranges.slice(1 - from, 2 - from)) advise(address, MOVE_BYTES, MADV_DONTNEED);
  };
}

const memory = populated(2 * COPY_BYTES, MADV_HUGEPAGE);
const device = new SoftDevice();
await device.prepare(1);
let copied = 0;
const channel = device.requestChannel({
  completed: (_channel, _cookie, _result, bytes) => {
    copied += bytes;
  },
})!;
let next = 0;

function feed(): void {
  channel.poll();
  while (channel.inFlight < IN_FLIGHT) {
    const cookie = channel.prepMemcpy(memory.address + COPY_BYTES + next, memory.address + next, PMD_SIZE);
    channel.submit(cookie);
    channel.issuePending();
    next = (next + PMD_SIZE) % COPY_BYTES;
  }
}

/** GB/s of the channel, and µs of a move. */
function phase(copying: boolean, move: (() => void) | undefined, pauseMs: number): [number, number] {
  copied = 0;
  let moves = 0;
  let moving = 0;
  const started = performance.now();
  let due = started;
  while (performance.now() - started < PHASE_MS) {
    const now = performance.now();
    if (move !== undefined && now >= due) {
      move();
      const after = performance.now();
      moving += after - now;
      moves++;
      due = after + pauseMs;
    }
    if (copying) feed();
  }
  const speed = gigabytesPerSecond(copied, (performance.now() - started) * 1e6);
  while (channel.inFlight > 0) channel.wait(1e9);
  return [speed, moves === 0 ? 0 : (1000 * moving) / moves];
}

const huge = shuttle(MADV_HUGEPAGE);
const small = shuttle(MADV_NOHUGEPAGE);
const rows = [
  { name: 'copying only', copying: true, move: undefined, pause: 0 },
  { name: 'moving 2M pages only', copying: false, move: huge, pause: 0 },
  { name: 'both, a move every 0.05 ms', copying: true, move: huge, pause: 0.05 },
  { name: 'both, move after move', copying: true, move: huge, pause: 0 },
  { name: 'moving 512 small pages only', copying: false, move: small, pause: 0 },
  { name: 'both, move after move', copying: true, move: small, pause: 0 },
].map((row) => ({ ...row, speeds: [] as number[], costs: [] as number[] }));

phase(true, huge, 0);
for (let round = 0; round < ROUNDS; round++) {
  for (const { copying, move, pause, speeds, costs } of rows) {
    const [speed, cost] = phase(copying, move, pause);
    speeds.push(speed);
    costs.push(cost);
  }
}
console.log(`one channel, 2M pieces; medians of ${ROUNDS} rounds`);
for (const { name, speeds, costs } of rows) {
  const speed = summarize(speeds).median;
  const cost = summarize(costs).median;
  const parts = [
    speed > 0 ? `copies ${speed.toFixed(1).padStart(4)} GB/s` : ''.padEnd(16),
    cost > 0 ? `a move takes ${cost.toFixed(1).padStart(5)} µs` : '',
  ];
  console.log(`${name.padEnd(28)}  ${parts.join('  ')}`.trimEnd());
}
await device.close();
