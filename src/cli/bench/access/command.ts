import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { AccessOptions, PageSource } from '../../../bench/access/options.js';
import { PAGE_SOURCES } from '../../../bench/access/options.js';
import type { AccessReport } from '../../../bench/access/report.js';
import { accessRuns, runAccess } from '../../../bench/access/run-access.js';
import { MAX_ALIGNED_BYTES } from '../../../bench/harness/aligned-memory.js';
import { BATCH_MIGRATORS, type BatchMigrator } from '../../../bench/harness/batch-migrators.js';
import { PMD_SIZE } from '../../../common/page.js';
import { COPY_MODES, type CopyMode } from '../../../mm/copy-mode.js';
import { EXIT, EXIT_HELP, type SetExitCode } from '../../ui/exit-code.js';
import { listOf, oneOf, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../../ui/output-options.js';
import { startProgress } from '../../ui/progress.js';
import { formatSheet } from '../../ui/sheet-text.js';
import { UsageError } from '../../ui/usage-error.js';
import { accessSheet } from './sheet.js';

/** Options of `bench access` as they were given, each checked by itself. */
interface AccessFlags extends OutputFlags {
  readonly bytes?: number;
  readonly accesses?: number;
  readonly runs?: number;
  readonly migrator?: readonly BatchMigrator[];
  readonly threads?: readonly number[];
  readonly pages?: readonly PageSource[];
  readonly copyMode?: CopyMode;
  readonly batch?: number;
  readonly seed?: number;
}

const HELP = `
A buffer of 4K pages is read and updated, brought onto huge pages, read and
updated again, and every word of it checked; for each row a fresh one.

  promote   migrated live to huge pages of the same node (hugePages: 'promote')
  collapse  the kernel's own way, madvise(2) with MADV_COLLAPSE

  prefilled the pool has the huge pages already
  kernel    they come from the kernel, which was given as many back just before:
            warm is compared with warm

Each access is to another cache line: a 'dependent' read says where the next one
is, 'independent' ones are at random places, 'sequential' ones go line by line,
'add' is Atomics.add at random places.`;

export function addBenchAccessCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('access')
    .description('what huge pages are worth: accesses before and after promotion, beside MADV_COLLAPSE')
    .option('--bytes <size>', 'of each buffer (default: 1G)', size(PMD_SIZE, MAX_ALIGNED_BYTES, PMD_SIZE))
    .option(
      '--accesses <count>',
      'of each kind, before and after (default: 4000000)',
      wholeNumber(1000, 2 ** 30),
    )
    .option('--runs <count>', 'measured runs of each row (default: 3)', wholeNumber(1, 1000))
    .option(
      '--migrator <names>',
      'baseline, cpu, mtcopy, dcbm (default: baseline,mtcopy)',
      listOf(oneOf(BATCH_MIGRATORS)),
    )
    .option(
      '--threads <counts>',
      'threads of mtcopy, 1 to 64 (default: as many as CPUs)',
      listOf(wholeNumber(1, 64)),
    )
    .option('--pages <names>', 'prefilled, kernel (default: both)', listOf(oneOf(PAGE_SOURCES)))
    .option(
      '--copy-mode <name>',
      'of promotion: exclusive or write-protected (default: exclusive)',
      oneOf(COPY_MODES),
    )
    .option(
      '--batch <size>',
      'bytes that are out at once, 2M to 1G (default: 2M)',
      size(PMD_SIZE, 2 ** 30, PMD_SIZE),
    )
    .option('--seed <number>', 'of the places that are accessed (default: 1)', wholeNumber(0, 2 ** 32 - 1));
  addOutputOptions(command)
    .addHelpText('after', `${HELP}\n${EXIT_HELP}`)
    .action(async (flags: AccessFlags) => {
      const report = await benchAccess(accessOptions(flags), flags);
      setExitCode(report.rows.every(({ verified }) => verified) ? EXIT.ok : EXIT.failed);
    });
}

function accessOptions(flags: AccessFlags): AccessOptions {
  const { migrator = ['baseline', 'mtcopy'] } = flags;
  if (flags.threads !== undefined && !migrator.includes('mtcopy')) {
    throw new UsageError('--threads needs a row that has some: mtcopy');
  }
  return {
    bytes: flags.bytes ?? 2 ** 30,
    accesses: flags.accesses ?? 4_000_000,
    runs: flags.runs ?? 3,
    migrators: migrator,
    threads: flags.threads ?? [Math.min(64, availableParallelism())],
    sources: PAGE_SOURCES.filter((source) => flags.pages?.includes(source) ?? true),
    copyMode: flags.copyMode ?? 'exclusive',
    batchBytes: flags.batch ?? PMD_SIZE,
    seed: flags.seed ?? 1,
  };
}

async function benchAccess(options: AccessOptions, outputs: OutputFlags): Promise<AccessReport> {
  checkOutputs(outputs);
  const total = accessRuns(options);
  const progress = startProgress('bench access', total);
  let done = 0;
  let report: AccessReport;
  try {
    report = await runAccess(options, () => progress.update(++done, `run ${done} of ${total}`));
  } finally {
    progress.stop();
  }
  const sheet = () => accessSheet(report);
  deliver(outputs, { figures: report, text: () => formatSheet(sheet(), report.host), sheet });
  return report;
}
