import type { Command } from 'commander';
import { benchCompaction, type CompactionBench } from '../../../bench/compaction/run-compaction.js';
import { TRIGGERS, type Trigger } from '../../../bench/compaction/trigger.js';
import { PMD_SIZE } from '../../../common/page.js';
import { RFC_COMPACTION } from '../../../sim/experiments/rfc-figures.js';
import { EXIT, type SetExitCode } from '../../ui/exit-code.js';
import { helpText } from '../../ui/help-text.js';
import { oneOf, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../../ui/output-options.js';
import { startProgress } from '../../ui/progress.js';
import { refuseRenamed } from '../../ui/renamed-flags.js';
import { UsageError } from '../../ui/usage-error.js';
import { compactionSheet, formatCompactionBench } from './report.js';

interface CompactionFlags extends OutputFlags {
  readonly bytes?: number;
  readonly runs?: number;
  readonly trigger?: Trigger;
  readonly hog?: boolean;
}

const EXPLANATION = `
Memory is filled, every second page of it is freed, and the kernel compacts it.
Every page is checked after every run. It needs root, or a kernel that lets
programs request transparent huge pages.`;

const EXAMPLES = ['pageferry bench compaction --bytes 256M --hog', 'pageferry sim compaction'];

export function addBenchCompactionCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('compaction')
    .description("repeat the RFC's compaction experiment with the running kernel")
    .option('--bytes <size>', 'memory that is fragmented (default: 1G)', size(PMD_SIZE, 2 ** 46, PMD_SIZE))
    .option('--runs <count>', 'measured runs (default: 3)', wholeNumber(1, 1000))
    .option(
      '--trigger <name>',
      'sysctl (write vm.compact_memory) or hugepages (request some) (default: the first that is permitted)',
      oneOf(TRIGGERS),
    )
    .option('--hog', 'also run with a program that competes for the CPU');
  refuseRenamed(command, { '--size': '--bytes' });
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async (flags: CompactionFlags) => {
      if (process.platform !== 'linux') {
        throw new UsageError(
          "bench compaction: needs Linux. Use 'pageferry sim compaction', which runs anywhere",
        );
      }
      checkOutputs(flags);
      const { bytes = 2 ** 30, runs = 3, trigger, hog = false } = flags;
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
