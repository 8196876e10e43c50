import type { Command } from 'commander';
import { benchCompaction } from '../../../bench/compaction/run-compaction.js';
import { TRIGGERS, type Trigger } from '../../../bench/compaction/trigger.js';
import { PMD_SIZE } from '../../../common/page.js';
import { RFC_COMPACTION } from '../../../sim/experiments/rfc-figures.js';
import { UsageError } from '../../ui/errors.js';
import { EXIT, helpText, type SetExitCode } from '../../ui/exit-code.js';
import { oneOf, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, type OutputFlags } from '../../ui/output-options.js';
import { formatPlainSheet, hostLine } from '../../ui/sheet-text.js';
import { runBench } from '../run-bench.js';
import { compactionSheet } from './report.js';

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
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async (flags: CompactionFlags) => {
      if (process.platform !== 'linux') {
        throw new UsageError(
          "bench compaction: needs Linux. Use 'pageferry sim compaction', which runs anywhere",
        );
      }
      const { bytes = 2 ** 30, runs = 3, trigger, hog = false } = flags;
      const report = await runBench(flags, {
        name: 'bench compaction',
        runs: runs * (hog ? 2 : 1),
        measure: (onRun) => benchCompaction({ size: bytes, runs, hog, onRun, ...(trigger && { trigger }) }),
        sheet: compactionSheet,
        text: (report) => `${hostLine(report.host)}\n${formatPlainSheet(compactionSheet(report))}`,
        more: { published: RFC_COMPACTION },
      });
      setExitCode(report.rows.every(({ wrongPages }) => wrongPages === 0) ? EXIT.ok : EXIT.failed);
    });
}
