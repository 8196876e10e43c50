import type { Command } from 'commander';
import { describeHost } from '../../../bench/harness/host.js';
import { DEVICES, GAP_MODES, MOVE_LAYOUTS, MOVE_MIGRATORS } from '../../../bench/move/options.js';
import { runMove, runsInAll } from '../../../bench/move/run-move.js';
import { PAGE_SIZE, PMD_SIZE } from '../../../common/page.js';
import { MAX_GAP_PAGES } from '../../../engine/folio-cutter.js';
import { TABLE_MODES } from '../../../linux/tables/table-policy.js';
import { channelCounts, depth, deviceName, folioSizes, seed, threadCounts } from '../../ui/common-options.js';
import { EXIT, helpText, type SetExitCode } from '../../ui/exit-code.js';
import { injection, listOf, oneOf, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions } from '../../ui/output-options.js';
import { runBench } from '../run-bench.js';
import { type MoveFlags, moveOptions } from './flags.js';
import { PREDICTIONS_FILE, predictorOf } from './predictor.js';
import { formatMoveReport } from './report.js';
import { moveSheet } from './sheet.js';

const EXPLANATION = `
Migrators:
  serial    one folio at a time, as kernels before 2023 did
  baseline  batches without a migrator: each folio is copied by itself
  cpu       batches, copied by the cpu migrator
  mtcopy    batches, copied by several threads: one row for each of --threads
  dcbm      batches, copied by DMA channels: one row for each of --channels
  kernel    move_pages(2) on the same memory, with as many folios per call;
            it needs two NUMA nodes, and is omitted on hosts with one

Layouts:
  contiguous  the whole buffer, in address order
  scattered   a random tenth of the folios of a buffer ten times as large
  alternate   every other folio of a buffer twice as large; the folios between
              are already on the target, and moving them back is not timed

Gaps, with --layout alternate:
  skip    folios already on the target are not touched
  move    gaps of up to ${(MAX_GAP_PAGES * PAGE_SIZE) / 1024}K move too; the figures count only the bytes
          that were requested

Faults, for --inject (a number n means every nth batch or folio of a run):
  decline, refuse, throw, fail-batch, hang, nonsense: batches
  fail-thread: batches in which a thread of dcbm or mtcopy dies
  fail-folio, corrupt, lie: folios (the last two enable verify_copies)
  delay=10:5ms: every tenth batch takes 5 ms longer
The CPU copies the folios that a migrator did not, and every byte is checked.

Method:
  Each row is warmed up with at least 1000 batches, so that JIT and first-touch
  costs are not measured. Then the rows alternate, and every byte that moved is
  checked after each run.
  'of limit' compares with the fastest copy that this host can do: large blocks,
  no caches, all CPUs (the best of 1, 2, 4, ... threads), no unmap and no map.
  It is measured once per round, and each run is compared with its own round.
  '× base' compares with the baseline row in the same way.
  The time is that of the migration thread. With --folios-per-call and with
  scattered folios it is that of the caller, messages and sorting included. The
  row kernel has the time of the system calls. Its folios are moved back, and
  then moved once more by the pipeline, untimed, so that every row finds the
  same free pages.
  'RFC' is the figure that the RFC published for that row on another machine.`;

const EXAMPLES = [
  'pageferry bench move',
  'pageferry bench move --folio 4K,2M --migrator baseline,mtcopy --runs 3',
  'pageferry bench move --folios-per-call 1,8,64 --json=move.json',
  'pageferry bench move --predict this-host.json --page-tables never',
];

const MIN_BYTES = 4 * 2 ** 20;
const MAX_BYTES = 2 ** 40;
const MAX_FOLIOS = MAX_BYTES / PMD_SIZE;
const DESCRIPTION =
  'measure throughput by folio size, migrator and channels on this host (first and second table of the RFC), ' +
  'or by folios per call (third table)';

export function addBenchMoveCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('move')
    .description(DESCRIPTION)
    .addOption(folioSizes('4K,16K,64K,256K,1M,2M'))
    .option(
      '--folios-per-call <counts>',
      'numbers of 2M folios that one call moves, such as 1,8,64,512, instead of --folio; counts that do not fit into memory are omitted',
      listOf(wholeNumber(1, MAX_FOLIOS)),
    )
    .option(
      '--migrator <names>',
      'serial, baseline, cpu, mtcopy, dcbm, kernel (default: all; with --folios-per-call: baseline, dcbm, kernel)',
      listOf(oneOf(MOVE_MIGRATORS)),
    )
    .addOption(channelCounts('1,2; with --folios-per-call: 1'))
    .addOption(threadCounts('number of CPUs'))
    .addOption(deviceName(DEVICES))
    .option(
      '--batch-bytes <size>',
      'largest batch, in bytes, 4K to 1G (default: 32M)',
      size(PAGE_SIZE, 2 ** 30, PAGE_SIZE),
    )
    .option(
      '--page-tables <mode>',
      'move whole page tables: never, auto, always (default: auto)',
      oneOf(TABLE_MODES),
    )
    .addOption(depth('that of the ferry'))
    .option(
      '--bytes <size>',
      'memory migrated in each run (default: 1G; with --folios-per-call: at least 256M, in as many calls as needed)',
      size(MIN_BYTES, MAX_BYTES, PMD_SIZE),
    )
    .option(
      '--copy-bytes <size>',
      'size of each of the two ranges for the plain copy (default: 512M); ranges that fit into a cache copy faster',
      size(PMD_SIZE, MAX_BYTES, PMD_SIZE),
    )
    .option(
      '--warm-up <batches>',
      'batches that each row moves before it is measured (default: 1000)',
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
      'skip, move: one row for each, with --layout alternate (default: skip)',
      listOf(oneOf(GAP_MODES)),
    )
    .option(
      '--inject <faults>',
      'inject faults into offloaded copies, such as fail-batch=7,corrupt=100',
      injection,
    )
    .option(
      '--predict <profile>',
      'predict each row by this profile before the first run, and compare: a file of calibrate, or a name',
    )
    .option(
      '--predictions <file>',
      `file for the predictions and their hash, with --predict (default: ${PREDICTIONS_FILE})`,
    )
    .option('--force', 'overwrite an existing file')
    .addOption(seed(' of the pattern and of the random choices'));
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async (flags: MoveFlags) => {
      const options = moveOptions(flags, describeHost());
      const predictor = predictorOf(flags, options);
      const report = await runBench(flags, {
        name: 'bench move',
        runs: runsInAll(options),
        measure: async (onRun) =>
          predictor.compare(await runMove(options, { onRun, onCells: predictor.onCells })),
        sheet: moveSheet,
        text: formatMoveReport,
      });
      setExitCode(report.rows.every(({ verified }) => verified) ? EXIT.ok : EXIT.failed);
    });
}
