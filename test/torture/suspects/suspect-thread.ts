import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Random } from '../../../src/common/random.js';
import { libc } from '../../../src/linux/sys/libc.js';
import {
  MADV_COLD,
  MADV_COLLAPSE,
  MADV_DOFORK,
  MADV_DONTFORK,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
} from '../../../src/linux/sys/mman.js';
import { Pagemap } from '../../../src/linux/sys/pagemap.js';
import { Userfaultfd } from '../../../src/linux/userfaultfd/userfaultfd.js';
import { PinnedPage } from '../../ferry/support/pin.js';
import { between, oneIn, pick, streamOf } from '../streams.js';
import type { SuspectRange, SuspectRole, SuspectTask } from './suspect-task.js';

const PAGE = 4096;
const HUGE = 2 * 2 ** 20;
const MADV_PAGEOUT = 21;
const task = workerData as SuspectTask;
const { control, index, longest, ranges } = task;
const random: Random = streamOf(task.seed, task.name);
const c = libc();
const nap = new Int32Array(new SharedArrayBuffer(4));

/** Pages, from where, of one of the sides of a range. */
function somewhere({ here, there, bytes }: SuspectRange, max: number): readonly [number, number] {
  const all = bytes / PAGE;
  const first = random(all);
  return [
    (oneIn(random, 2) ? here : there) + first * PAGE,
    between(random, 1, Math.min(max, all - first)) * PAGE,
  ];
}

const any = (): SuspectRange => pick(random, ranges);

/** Moves parts of large folios and whole ones there, and back at once: a page that is there is brought back whatever happens. */
function mover(): () => void {
  const { here, there, bytes, descriptor } = ranges[task.own]!;
  const uffd = Userfaultfd.adopt(descriptor, new Pagemap());
  return () => {
    const whole = oneIn(random, 3);
    const first = whole ? random(bytes / HUGE) * (HUGE / PAGE) : random(bytes / PAGE);
    const pages = whole ? HUGE / PAGE : between(random, 1, Math.min(700, bytes / PAGE - first));
    const at = first * PAGE;
    uffd.move(there + at, here + at, pages * PAGE, false);
    // Not all may have left; each that has comes back.
    for (let back = 0; back < pages; ) {
      back +=
        uffd.move(here + at + back * PAGE, there + at + back * PAGE, (pages - back) * PAGE, false) / PAGE;
      if (back < pages && (uffd.errno === 2 || uffd.errno === 17)) back++;
      else if (back < pages) c.usleep(50);
    }
  };
}

/** Writes to the mappings themselves: each call splits or merges some, and waits for the readers of each. */
function flagger(): () => void {
  return () => {
    const [address, bytes] = somewhere(any(), 2048);
    for (const advice of [MADV_DONTFORK, MADV_DOFORK]) c.madvise(address, bytes, advice);
  };
}

function pinner(): () => void {
  return () => {
    // Only of the program's side: a page is there, or comes back.
    const { here, bytes } = any();
    const pinned = PinnedPage.pin(here + random(bytes / PAGE) * PAGE);
    if (typeof pinned === 'string') c.usleep(10_000);
    else {
      Atomics.wait(nap, 0, 0, between(random, 1, 20));
      pinned.unpin();
    }
  };
}

const ROLES: Readonly<Record<SuspectRole, () => () => void>> = {
  move: mover,
  flags: flagger,
  pin: pinner,
  age: () => () => {
    const [address, bytes] = somewhere(any(), 1024);
    c.madvise(address, bytes, pick(random, [MADV_COLD, MADV_PAGEOUT]));
  },
  collapse: () => () => {
    const { here, bytes } = any();
    const at = here + random(bytes / HUGE) * HUGE;
    // MADV_NOHUGEPAGE and back, too: khugepaged looks at the range anew.
    if (oneIn(random, 8)) c.madvise(at, HUGE, MADV_NOHUGEPAGE);
    c.madvise(at, HUGE, MADV_HUGEPAGE);
    c.madvise(at, HUGE, MADV_COLLAPSE);
  },
  touch: () => {
    const words = ranges.map(({ here, bytes }) => new Int32Array(c.view(here, bytes)));
    return () => {
      const memory = pick(random, words);
      // Each page holds the number of its range's page in its first word, and is never written otherwise.
      for (let i = 0; i < 200; i++) {
        const page = random(memory.length / 1024);
        if (memory[page * 1024] !== page + 1) throw new Error(`page ${page} holds ${memory[page * 1024]}`);
        memory[page * 1024 + 1 + random(1000)] = i;
      }
    };
  },
  smaps: () => () => {
    readFileSync(pick(random, ['/proc/self/smaps', '/proc/self/numa_maps', '/proc/self/maps']));
  },
};

const act = ROLES[task.role]();
while (Atomics.load(control, 0) === 0) {
  const started = performance.now();
  act();
  longest[index] = Math.max(longest[index]!, (performance.now() - started) * 1000);
  Atomics.add(control, 1 + index, 1);
}
parentPort!.postMessage('end');
