import type { Command } from 'commander';
import { MAX_ALIGNED_BYTES } from '../../../bench/harness/aligned-memory.js';
import { describeHost } from '../../../bench/harness/host.js';
import { BATCH_MIGRATORS, DEVICES } from '../../../bench/move/options.js';
import { runStall, stallRuns } from '../../../bench/stall/run-stall.js';
import { PAGE_SIZE, PMD_SIZE } from '../../../common/page.js';
import { COPY_MODES } from '../../../mm/copy-mode.js';
import { channelCounts, depth, deviceName, folioSizes, seed, threadCounts } from '../../ui/common-options.js';
import { EXIT, helpText, type SetExitCode } from '../../ui/exit-code.js';
import { listOf, oneOf, seconds, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions } from '../../ui/output-options.js';
import { runBench } from '../run-bench.js';
import { type StallFlags, stallOptions } from './flags.js';
import { stallSheet } from './sheet.js';

const EXPLANATION = `
Threads read or update words at random places of memory that is migrated back
and forth, and time every access. An access to a page in flight waits. With
'exclusive' (the RFC's unmap, copy, map), readers and writers wait for their
batch. With 'write-protected', the batch is write-protected while it is copied,
and readers wait only during the cutover.

  none           nothing is migrated
  elsewhere      memory that the threads never touch is migrated: they wait only
                 for a CPU or for memory bandwidth
  exclusive, write-protected
                 the memory that the threads access is migrated

Percentiles are over all accesses: a wait counts once, whatever its length.
'max' is the longest wait of all runs. 'done' is the number of accesses,
relative to that without migrations. Every figure includes the cost of reading
the clock, which is reported too.
With more threads than CPUs, 'max' is mostly a wait for a CPU: compare it with
'elsewhere'. Every value read is checked, and the updates are counted after
every run. A wrong value or a lost update gives exit code 1.`;

const EXAMPLES = [
  'pageferry bench stall',
  'pageferry bench stall --batch-bytes 2M,16M --copy-mode write-protected',
  'pageferry bench stall --together --readers 2 --writers 2 --json=stall.json',
];

/** The largest batch of a ferry. */
const MAX_BATCH = 2 ** 30;

export function addBenchStallCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('stall')
    .description('measure how long readers and writers wait, by batch size, copy mode and migrator')
    .option(
      '--batch-bytes <sizes>',
      'bytes of a batch, 4K to 1G (default: 2M,8M,16M,32M,64M)',
      listOf(size(PAGE_SIZE, MAX_BATCH, PAGE_SIZE)),
    )
    .option('--copy-mode <names>', 'exclusive, write-protected (default: both)', listOf(oneOf(COPY_MODES)))
    .option(
      '--cutover <sizes>',
      'bytes of a cutover, 4K to 1G: one write-protected row for each (default: cutover_pages, 2M)',
      listOf(size(PAGE_SIZE, MAX_BATCH, PAGE_SIZE)),
    )
    .addOption(folioSizes('4K'))
    .option(
      '--migrator <names>',
      'baseline, cpu, mtcopy, dcbm (default: baseline,mtcopy)',
      listOf(oneOf(BATCH_MIGRATORS)),
    )
    .addOption(channelCounts('1'))
    .addOption(threadCounts('the CPUs that readers and writers leave free'))
    .addOption(deviceName(DEVICES))
    .addOption(depth('that of the ferry'))
    .option('--readers <count>', 'program threads that read, 0 to 64 (default: 1)', wholeNumber(0, 64))
    .option('--writers <count>', 'program threads that update, 0 to 64 (default: 1)', wholeNumber(0, 64))
    .option('--together', 'run readers and writers concurrently (default: one after the other)')
    .option(
      '--bytes <size>',
      'memory migrated back and forth (default: 512M)',
      size(PMD_SIZE, MAX_ALIGNED_BYTES, PMD_SIZE),
    )
    .option('--seconds <number>', 'length of each run (default: 1)', seconds(3600))
    .option('--runs <count>', 'measured runs of each row (default: 3)', wholeNumber(1, 1000))
    .addOption(seed(' of the places that are accessed', 2 ** 20));
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async (flags: StallFlags) => {
      const options = stallOptions(flags, describeHost());
      const report = await runBench(flags, {
        name: 'bench stall',
        runs: stallRuns(options),
        measure: (onRun) => runStall(options, onRun),
        sheet: stallSheet,
      });
      const rows = [...report.rows, ...report.elsewhere];
      setExitCode(rows.every(({ verified }) => verified) ? EXIT.ok : EXIT.failed);
    });
}
