import type { Command } from 'commander';
import { MAX_ALIGNED_BYTES } from '../../../bench/harness/aligned-memory.js';
import { BATCH_MIGRATORS } from '../../../bench/harness/batch-migrators.js';
import { describeHost } from '../../../bench/harness/host.js';
import { DEVICES } from '../../../bench/move/options.js';
import type { StallOptions } from '../../../bench/stall/options.js';
import type { StallReport } from '../../../bench/stall/report.js';
import { runStall, stallRuns } from '../../../bench/stall/run-stall.js';
import { PAGE_SIZE, PMD_SIZE } from '../../../common/page.js';
import { COPY_MODES } from '../../../mm/copy-mode.js';
import { EXIT, EXIT_HELP, type SetExitCode } from '../../ui/exit-code.js';
import { folioSize, listOf, oneOf, seconds, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../../ui/output-options.js';
import { startProgress } from '../../ui/progress.js';
import { formatSheet } from '../../ui/sheet-text.js';
import { type StallFlags, stallOptions } from './flags.js';
import { stallSheet } from './sheet.js';

const BENCH_STALL_HELP = `
Threads read, or update, words at random places of memory that is migrated to
and fro, and time every single access. One that meets a page in flight waits for
it: with 'exclusive' (the RFC's unmap, copy, map) readers and writers wait for
their batch; with 'write-protected' the batch is write-protected while it is
copied, so that readers wait only for the moment in which it is cut over.

  none           nothing is migrated
  elsewhere      other memory is migrated, which the threads never touch: what
                 they wait for now is a CPU, or the memory's bandwidth
  exclusive, write-protected
                 the memory that they access is migrated

Percentiles are of all accesses: a wait counts once, however long it is. 'max'
is the longest of all runs; 'done' is how many accesses were done, of those
that are done when nothing is migrated. Every figure has the clock's cost in it,
which is said.
With more threads than CPUs, 'max' is mostly a wait for a CPU: compare it with
'elsewhere'. Values read are checked (none may be older than one seen before, or
of another place), and after every run the updates are counted: one that is
lost, or a wrong value, ends with exit code 1.`;

/** The largest batch of a ferry. */
const MAX_BATCH = 2 ** 30;

export function addBenchStallCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('stall')
    .description(
      'how long readers and writers wait, and how fast it goes, by batch size, copy mode and migrator',
    )
    .option(
      '--batch <sizes>',
      'bytes that are out at once, 4K to 1G (default: 2M,8M,16M,32M,64M)',
      listOf(size(PAGE_SIZE, MAX_BATCH, PAGE_SIZE)),
    )
    .option('--copy-mode <names>', 'exclusive, write-protected (default: both)', listOf(oneOf(COPY_MODES)))
    .option(
      '--cutover <sizes>',
      'write-protected rows for each: bytes cut over at once, 4K to 1G (default: what cutover_pages is, 2M)',
      listOf(size(PAGE_SIZE, MAX_BATCH, PAGE_SIZE)),
    )
    .option('--folio <sizes>', 'folio sizes, 4K to 2M (default: 4K)', listOf(folioSize))
    .option(
      '--migrator <names>',
      'baseline, cpu, mtcopy, dcbm (default: baseline,mtcopy)',
      listOf(oneOf(BATCH_MIGRATORS)),
    )
    .option('--channels <counts>', 'DMA channels of dcbm, 1 to 16 (default: 1)', listOf(wholeNumber(1, 16)))
    .option(
      '--threads <counts>',
      'threads of mtcopy, 1 to 64 (default: the CPUs that the program leaves)',
      listOf(wholeNumber(1, 64)),
    )
    .option(
      '--device <name>',
      'soft: a thread for each channel; idxd: Intel DSA (default: soft)',
      oneOf(DEVICES),
    )
    .option('--depth <count>', "batches out at once, 1 to 4 (default: the ferry's own)", wholeNumber(1, 4))
    .option('--readers <count>', 'threads that read, 0 to 64 (default: 1)', wholeNumber(0, 64))
    .option('--writers <count>', 'threads that update, 0 to 64 (default: 1)', wholeNumber(0, 64))
    .option('--together', 'readers and writers at once (default: the ones after the others)')
    .option(
      '--bytes <size>',
      'memory migrated to and fro (default: 512M)',
      size(PMD_SIZE, MAX_ALIGNED_BYTES, PMD_SIZE),
    )
    .option('--seconds <number>', 'of each run (default: 1)', seconds(3600))
    .option('--runs <count>', 'measured runs of each row (default: 3)', wholeNumber(1, 1000))
    .option('--seed <number>', 'of the places that are accessed (default: 1)', wholeNumber(0, 2 ** 20));
  addOutputOptions(command)
    .addHelpText('after', `${BENCH_STALL_HELP}\n${EXIT_HELP}`)
    .action(async (flags: StallFlags) => {
      const report = await benchStall(stallOptions(flags, describeHost()), flags);
      const rows = [...report.rows, ...report.elsewhere];
      setExitCode(rows.every(({ verified }) => verified) ? EXIT.ok : EXIT.failed);
    });
}

async function benchStall(options: StallOptions, outputs: OutputFlags): Promise<StallReport> {
  checkOutputs(outputs);
  const total = stallRuns(options);
  const progress = startProgress('bench stall', total);
  let done = 0;
  let report: StallReport;
  try {
    report = await runStall(options, () => progress.update(++done, `run ${done} of ${total}`));
  } finally {
    progress.stop();
  }
  const sheet = () => stallSheet(report);
  deliver(outputs, { figures: report, text: () => formatSheet(sheet(), report.host), sheet });
  return report;
}
