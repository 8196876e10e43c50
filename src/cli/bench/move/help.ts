import { PAGE_SIZE } from '../../../common/page.js';
import { BRIDGE_PAGES } from '../../../ferry/thread/folio-cutter.js';

/** What the help of `bench move` says beside its options. */
export const BENCH_MOVE_HELP = `
Migrators:
  serial    one folio at a time, as kernels before 2023 did
  baseline  batches, no migrator: each folio is copied by itself
  cpu       batches, copied by the cpu migrator
  mtcopy    batches, copied by several threads: a row for each of --threads
  dcbm      batches, copied by DMA channels: a row for each of --channels
  kernel    the peer: move_pages(2) on the same memory, as many folios a call;
            it needs two NUMA nodes, and is left out where there is one

Layouts:
  contiguous  the whole buffer, in address order
  scattered   a random tenth of the folios of a buffer ten times as large
  alternate   every other folio of a buffer twice as large; those between are on
              the target already, and putting the others back is not timed

Granularity, with --layout alternate:
  exact   what is on the target already stays untouched
  bridge  gaps of up to ${(BRIDGE_PAGES * PAGE_SIZE) / 1024}K move along; the bytes moved are still those that
          were asked for

Faults, for --inject: a number n is each nth batch or folio of a run.
  decline, refuse, throw, fail-batch, hang, nonsense: batches
  fail-thread: batches in which a thread of dcbm or mtcopy dies
  fail-folio, corrupt, lie: folios (the last two switch verify_copies on)
  delay=10:5ms: every tenth batch takes 5 ms longer
Whatever is not copied falls back, and every byte must be right all the same.

How it is measured:
  Each row is warmed up by migrations there and back of at least 1000 batches in
  all, as code and pages that come fresh from the kernel are slow. Then the rows
  take turns, and after each run every byte that moved is checked.
  'of limit' compares with the best copy that this host has: large pieces, no
  caches, all CPUs (the best of 1, 2, 4, … threads), nothing unmapped or mapped.
  It takes its turn once a round, and each run is compared with that of its
  round; '× base' compares with the baseline row in the same way.
  The time is the migration thread's. For --batch and scattered folios it is the
  caller's: messages and sorting are part of it. Of the row kernel it is that
  of the system calls. What it moved is moved back, and then once more by the
  pipeline, untimed: all rows find the same stock of free pages.
  'RFC' is what the RFC published for that row: another machine, for comparison.`;
