import type { Command } from 'commander';
import { describeHost } from '../../../bench/harness/host.js';
import {
  DEVICES,
  GRANULARITIES,
  MOVE_LAYOUTS,
  MOVE_MIGRATORS,
  type MoveOptions,
} from '../../../bench/move/options.js';
import type { MoveReport } from '../../../bench/move/report.js';
import { runMove, runsInAll } from '../../../bench/move/run-move.js';
import { PAGE_SIZE, PMD_SIZE } from '../../../common/page.js';
import { TABLE_MODES } from '../../../linux/tables/table-policy.js';
import { EXIT, EXIT_HELP, type SetExitCode } from '../../ui/exit-code.js';
import { folioSize, injection, listOf, oneOf, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../../ui/output-options.js';
import { startProgress } from '../../ui/progress.js';
import { type MoveFlags, moveOptions } from './flags.js';
import { BENCH_MOVE_HELP } from './help.js';
import { formatMoveReport } from './report.js';
import { moveSheet } from './sheet.js';

const LEAST_BYTES = 4 * 2 ** 20;
const MOST_BYTES = 2 ** 40;
const MOST_FOLIOS = MOST_BYTES / PMD_SIZE;
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
      listOf(wholeNumber(1, MOST_FOLIOS)),
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
      size(LEAST_BYTES, MOST_BYTES, PMD_SIZE),
    )
    .option(
      '--copy-bytes <size>',
      'size of each of the two ranges that the plain copy is measured with (default: 512M; what fits into a cache copies faster)',
      size(PMD_SIZE, MOST_BYTES, PMD_SIZE),
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
      '--granularity <names>',
      'exact, bridge: rows for each, with --layout alternate (default: exact)',
      listOf(oneOf(GRANULARITIES)),
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
