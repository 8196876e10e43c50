import type { Command } from 'commander';
import { describeHost } from '../../../bench/harness/host.js';
import {
  DEVICES,
  GAP_MODES,
  MOVE_LAYOUTS,
  MOVE_MIGRATORS,
  type MoveOptions,
} from '../../../bench/move/options.js';
import type { MoveReport } from '../../../bench/move/report.js';
import { runMove, runsInAll } from '../../../bench/move/run-move.js';
import { PAGE_SIZE, PMD_SIZE } from '../../../common/page.js';
import { MAX_GAP_PAGES } from '../../../engine/folio-cutter.js';
import { TABLE_MODES } from '../../../linux/tables/table-policy.js';
import { EXIT, EXIT_HELP, type SetExitCode } from '../../ui/exit-code.js';
import { folioSize, injection, listOf, oneOf, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../../ui/output-options.js';
import { startProgress } from '../../ui/progress.js';
import { type MoveFlags, moveOptions } from './flags.js';
import { formatMoveReport } from './report.js';
import { moveSheet } from './sheet.js';

/** What the help of `bench move` says beside its options. */
const BENCH_MOVE_HELP = `
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

Gaps, with --layout alternate:
  skip    what is on the target already stays untouched
  move    gaps of up to ${(MAX_GAP_PAGES * PAGE_SIZE) / 1024}K move along; the bytes moved are still those that
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
  pipeline, untimed: all rows find the same free pages.
  'RFC' is what the RFC published for that row: another machine, for comparison.`;

const MIN_BYTES = 4 * 2 ** 20;
const MAX_BYTES = 2 ** 40;
const MAX_FOLIOS = MAX_BYTES / PMD_SIZE;
const DESCRIPTION =
  "throughput by folio size, migrator and channels at constant total size: the RFC's first and second table; " +
  'with --batch by the number of 2M folios that a call moves: its third';

export function addBenchMoveCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('move')
    .description(DESCRIPTION)
    .option('--folio <sizes>', 'folio sizes, 4K to 2M (default: 4K,16K,64K,256K,1M,2M)', listOf(folioSize))
    .option(
      '--batch <counts>',
      'folios of 2M moved by each call, instead of --folio, such as 1,8,64,512; what does not fit into memory is left out',
      listOf(wholeNumber(1, MAX_FOLIOS)),
    )
    .option(
      '--migrator <names>',
      'serial, baseline, cpu, mtcopy, dcbm, kernel (default: all; with --batch: baseline, dcbm, kernel)',
      listOf(oneOf(MOVE_MIGRATORS)),
    )
    .option(
      '--channels <counts>',
      'DMA channels of dcbm, 1 to 16 (default: 1,2; with --batch: 1)',
      listOf(wholeNumber(1, 16)),
    )
    .option(
      '--threads <counts>',
      'threads of mtcopy, 1 to 64 (default: as many as CPUs)',
      listOf(wholeNumber(1, 64)),
    )
    .option(
      '--device <name>',
      'soft: a thread for each channel; idxd: Intel DSA (default: soft)',
      oneOf(DEVICES),
    )
    .option(
      '--max-batch <size>',
      'bytes unmapped together at most, 4K to 1G (default: 32M)',
      size(PAGE_SIZE, 2 ** 30, PAGE_SIZE),
    )
    .option(
      '--page-tables <mode>',
      'move page tables as a whole: never, auto, always (default: auto)',
      oneOf(TABLE_MODES),
    )
    .option(
      '--depth <count>',
      "batches unmapped at once, 1 to 4 (default: the ferry's own)",
      wholeNumber(1, 4),
    )
    .option(
      '--bytes <size>',
      'moved in each run (default: 1G; with --batch: at least 256M, by as many calls)',
      size(MIN_BYTES, MAX_BYTES, PMD_SIZE),
    )
    .option(
      '--copy-bytes <size>',
      'size of each of the two ranges that the plain copy is measured with (default: 512M; what fits into a cache copies faster)',
      size(PMD_SIZE, MAX_BYTES, PMD_SIZE),
    )
    .option(
      '--warm-up <batches>',
      'number of batches that each row moves before it is measured (default: 1000)',
      wholeNumber(1, 1_000_000),
    )
    .option('--runs <count>', 'measured runs of each row (default: 5)', wholeNumber(1, 1000))
    .option(
      '--layout <name>',
      'contiguous, scattered or alternate (default: contiguous)',
      oneOf(MOVE_LAYOUTS),
    )
    .option(
      '--gaps <names>',
      'skip, move: rows for each, with --layout alternate (default: skip)',
      listOf(oneOf(GAP_MODES)),
    )
    .option(
      '--inject <faults>',
      'have what offloads go wrong on purpose, such as fail-batch=7,corrupt=100',
      injection,
    )
    .option(
      '--seed <number>',
      'of the pattern and of what is picked (default: 1)',
      wholeNumber(0, 2 ** 32 - 1),
    );
  addOutputOptions(command)
    .addHelpText('after', `${BENCH_MOVE_HELP}\n${EXIT_HELP}`)
    .action(async (flags: MoveFlags) => {
      const report = await benchMove(moveOptions(flags, describeHost()), flags);
      const ok = report.rows.every(({ verified }) => verified);
      setExitCode(ok ? EXIT.ok : EXIT.failed);
    });
}

async function benchMove(options: MoveOptions, flags: OutputFlags): Promise<MoveReport> {
  checkOutputs(flags);
  const total = runsInAll(options);
  const progress = startProgress('bench move', total);
  let done = 0;
  let report: MoveReport;
  try {
    report = await runMove(options, { onRun: () => progress.update(++done, `run ${done} of ${total}`) });
  } finally {
    progress.stop();
  }
  deliver(flags, {
    figures: report,
    text: () => formatMoveReport(report),
    sheet: () => moveSheet(report),
  });
  return report;
}
