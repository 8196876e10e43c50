import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { type AccessOptions, PAGE_SOURCES, type PageSource } from '../../../bench/access/options.js';
import { accessRuns, runAccess } from '../../../bench/access/run-access.js';
import { MAX_ALIGNED_BYTES } from '../../../bench/harness/aligned-memory.js';
import { BATCH_MIGRATORS, type BatchMigrator } from '../../../bench/move/options.js';
import { PMD_SIZE } from '../../../common/page.js';
import { COPY_MODES, type CopyMode } from '../../../mm/copy-mode.js';
import { seed, threadCounts } from '../../ui/common-options.js';
import { EXIT, helpText, type SetExitCode } from '../../ui/exit-code.js';
import { listOf, oneOf, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions } from '../../ui/output-options.js';
import { checkRows, type RowFlags } from '../row-flags.js';
import { runBench } from '../run-bench.js';
import { accessSheet } from './sheet.js';

interface AccessFlags extends RowFlags<BatchMigrator> {
  readonly accesses?: number;
  readonly pages?: readonly PageSource[];
  readonly copyMode?: CopyMode;
  readonly batchBytes?: number;
}

const EXPLANATION = `
A buffer of 4K pages is read and updated, migrated to huge pages, then read and
updated again. Every word is checked. Each row has a new buffer.

  promote   migrate live to huge pages of the same node (hugePages: 'promote')
  collapse  madvise(2) with MADV_COLLAPSE, the kernel's own way

  prefilled the pool already holds the huge pages
  kernel    the kernel allocates them; the same number was returned to it just
            before, so that both are warm

Every access is to another cache line. A 'dependent' read contains the place of
the next one. 'independent' reads are at random places, 'sequential' reads go
line by line, and 'add' is Atomics.add at random places.`;

const EXAMPLES = ['pageferry bench access', 'pageferry bench access --bytes 256M --pages prefilled'];

export function addBenchAccessCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('access')
    .description('measure accesses before and after promotion to huge pages, beside MADV_COLLAPSE')
    .option(
      '--bytes <size>',
      'memory migrated in each run (default: 1G)',
      size(PMD_SIZE, MAX_ALIGNED_BYTES, PMD_SIZE),
    )
    .option(
      '--accesses <count>',
      'accesses of each kind, before and after (default: 4000000)',
      wholeNumber(1000, 2 ** 30),
    )
    .option('--runs <count>', 'measured runs of each row (default: 3)', wholeNumber(1, 1000))
    .option(
      '--migrator <names>',
      'baseline, cpu, mtcopy, dcbm (default: baseline,mtcopy)',
      listOf(oneOf(BATCH_MIGRATORS)),
    )
    .addOption(threadCounts('number of CPUs'))
    .option('--pages <names>', 'prefilled, kernel (default: both)', listOf(oneOf(PAGE_SOURCES)))
    .option(
      '--copy-mode <name>',
      'copy mode of the promotion: exclusive or write-protected (default: exclusive)',
      oneOf(COPY_MODES),
    )
    .option(
      '--batch-bytes <size>',
      'bytes of a batch, 2M to 1G (default: 2M)',
      size(PMD_SIZE, 2 ** 30, PMD_SIZE),
    )
    .addOption(seed(' of the places that are accessed'));
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async (flags: AccessFlags) => {
      const options = accessOptions(flags);
      const report = await runBench(flags, {
        name: 'bench access',
        runs: accessRuns(options),
        measure: (onRun) => runAccess(options, onRun),
        sheet: accessSheet,
      });
      setExitCode(report.rows.every(({ verified }) => verified) ? EXIT.ok : EXIT.failed);
    });
}

function accessOptions(flags: AccessFlags): AccessOptions {
  const { migrator = ['baseline', 'mtcopy'] } = flags;
  checkRows(flags, migrator);
  return {
    bytes: flags.bytes ?? 2 ** 30,
    accesses: flags.accesses ?? 4_000_000,
    runs: flags.runs ?? 3,
    migrators: migrator,
    threads: flags.threads ?? [Math.min(64, availableParallelism())],
    sources: PAGE_SOURCES.filter((source) => flags.pages?.includes(source) ?? true),
    copyMode: flags.copyMode ?? 'exclusive',
    batchBytes: flags.batchBytes ?? PMD_SIZE,
    seed: flags.seed ?? 1,
  };
}
