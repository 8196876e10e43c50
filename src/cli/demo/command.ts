import type { Command } from 'commander';
import { PAGE_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { MAX_BATCH_BYTES } from '../../ferry/options.js';
import { jsonText } from '../ui/ascii.js';
import { EXIT, EXIT_HELP, type SetExitCode } from '../ui/exit-code.js';
import { folioSize, oneOf, seconds, size, wholeNumber } from '../ui/option-parsers.js';
import { startProgress } from '../ui/progress.js';
import { UsageError } from '../ui/usage-error.js';
import { type DemoReport, demoReport } from './demo-report.js';
import { formatDemo } from './format-demo.js';
import { DEMO_MIGRATORS, type DemoOptions, type DemoOutcome, runDemo } from './run-demo.js';

const DEFAULTS: DemoOptions = {
  size: 512 * 2 ** 20,
  seconds: 10,
  folio: 4096,
  migrator: 'cpu',
  batch: 512,
  threads: 2,
};
/** One SharedArrayBuffer holds no more in every supported Node. */
const MAX_BYTES = 4 * 2 ** 30;

const HELP = `
Threads increment and check counters all over one SharedArrayBuffer while it is
migrated back and forth between two nodes, by turns exclusively (unmap, copy,
map) and write-protected (readers go on during the copy). Afterwards the
counters are added up: every update that was made must be there. Ctrl-C ends it
early, with the results so far.`;

export function addDemoCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('demo')
    .description('migrate a buffer under live threads, and prove that nothing is lost')
    .option('--size <size>', 'of the buffer, 1M to 4G (default: 512M)', size(2 ** 20, MAX_BYTES, 4096))
    .option('--seconds <number>', 'how long (default: 10)', seconds(86_400))
    .option('--folio <size>', 'folio size, 4K to 2M (default: 4K)', folioSize)
    .option(
      '--migrator <name>',
      'who copies batches: none, cpu, mtcopy or dcbm (default: cpu)',
      oneOf(DEMO_MIGRATORS),
    )
    .option('--channels <count>', 'DMA channels of dcbm, 1 to 16 (default: 1)', wholeNumber(1, 16))
    .option(
      '--batch <pages>',
      'base pages unmapped together at most; more is faster, and longer waits (default: 512)',
      wholeNumber(1, MAX_BATCH_BYTES / PAGE_SIZE),
    )
    .option('--threads <count>', 'writers and readers by turns, 2 to 64 (default: 2)', wholeNumber(2, 64))
    .option('--json', 'print the results as JSON')
    .addHelpText('after', `${HELP}\n${EXIT_HELP}`)
    .action(async ({ json, ...given }: Partial<DemoOptions> & { json?: true }) => {
      const options = { ...DEFAULTS, ...given };
      if (options.channels !== undefined && options.migrator !== 'dcbm') {
        throw new UsageError('--channels needs --migrator dcbm: nothing else has some');
      }
      const outcome = await watched(options);
      const report = demoReport(outcome);
      console.log(json === true ? jsonText(report) : formatDemo(report, outcome));
      setExitCode(verdict(report, outcome) ? EXIT.ok : EXIT.failed);
    });
}

/** Runs it with a progress bar, until the time is over or somebody interrupts. */
async function watched(options: DemoOptions): Promise<DemoOutcome> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  // Once: whoever presses Ctrl-C again means it.
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const progress = startProgress(`${formatSize(options.size)} to and fro`, options.seconds, { of: 'share' });
  try {
    return await runDemo(options, interrupted.signal, {
      onProgress: (elapsed, bytes) => {
        const gigabytes = bytes / 1e9;
        progress.update(elapsed, `${gigabytes.toFixed(1)} GB, ${(gigabytes / elapsed).toFixed(2)} GB/s`);
      },
    });
  } finally {
    progress.stop();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function verdict({ lost }: DemoReport, { backwards }: DemoOutcome): boolean {
  if (backwards > 0) console.error(`error: ${backwards} values went backwards`);
  return lost === 0 && backwards === 0;
}
