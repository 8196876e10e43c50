import type { Command } from 'commander';
import { benchCompaction, type CompactionBench } from '../../../bench/compaction/run-compaction.js';
import { TRIGGERS, type Trigger } from '../../../bench/compaction/trigger.js';
import { PMD_SIZE } from '../../../common/page.js';
import { RFC_COMPACTION } from '../../../sim/experiments/rfc-figures.js';
import { EXIT, EXIT_HELP, type SetExitCode } from '../../ui/exit-code.js';
import { oneOf, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../../ui/output-options.js';
import { startProgress } from '../../ui/progress.js';
import { UsageError } from '../../ui/usage-error.js';
import { compactionSheet, formatCompactionBench } from './report.js';

interface CompactionFlags extends OutputFlags {
  readonly size: number;
  readonly runs: number;
  readonly trigger?: Trigger;
  readonly hog?: boolean;
}

export function addBenchCompactionCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('compaction')
    .description(
      "the RFC's compaction experiment by the running kernel: memory of which every second page is free is compacted",
    )
    .option(
      '--size <size>',
      'memory that is fragmented (default: 1G)',
      size(PMD_SIZE, 2 ** 46, PMD_SIZE),
      2 ** 30,
    )
    .option('--runs <count>', 'measured runs', wholeNumber(1, 1000), 3)
    .option(
      '--trigger <name>',
      'sysctl: vm.compact_memory; hugepages: by asking for some (default: the first that is permitted)',
      oneOf(TRIGGERS),
    )
    .option('--hog', 'also with a program that competes for the CPU');
  addOutputOptions(command)
    .addHelpText('after', EXIT_HELP)
    .action(async (flags: CompactionFlags) => {
      if (process.platform !== 'linux') {
        throw new UsageError("bench compaction needs Linux; 'pageferry sim compaction' runs anywhere");
      }
      checkOutputs(flags);
      const { size: bytes, runs, trigger, hog = false } = flags;
      const total = runs * (hog ? 2 : 1);
      const progress = startProgress('bench compaction', total);
      let done = 0;
      let report: CompactionBench;
      try {
        const onRun = (): void => progress.update(++done, `run ${done} of ${total}`);
        report = await benchCompaction({ size: bytes, runs, hog, onRun, ...(trigger && { trigger }) });
      } finally {
        progress.stop();
      }
      const figures = { ...report, published: RFC_COMPACTION };
      deliver(flags, {
        figures,
        text: () => formatCompactionBench(report),
        sheet: () => compactionSheet(report),
      });
      setExitCode(report.rows.every(({ wrongPages }) => wrongPages === 0) ? EXIT.ok : EXIT.failed);
    });
}
