import type { Command } from 'commander';
import { PAGE_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { MAX_BATCH_BYTES } from '../../ferry/options.js';
import { channelCount, threadCount } from '../ui/common-options.js';
import { UsageError } from '../ui/errors.js';
import { EXIT, helpText, type SetExitCode } from '../ui/exit-code.js';
import { Interruption } from '../ui/interruption.js';
import { addJsonOption, checkReportFile, printReport } from '../ui/json-file.js';
import { folioSize, oneOf, seconds, size, wholeNumber } from '../ui/option-parsers.js';
import { startProgress } from '../ui/progress.js';
import { type DemoReport, demoReport, formatDemo } from './report.js';
import { DEMO_MIGRATORS, type DemoOptions, type DemoOutcome, runDemo } from './run-demo.js';

const DEFAULTS: DemoOptions = {
  bytes: 512 * 2 ** 20,
  seconds: 10,
  folio: 4096,
  migrator: 'cpu',
  batchBytes: 2 * 2 ** 20,
  loadThreads: 2,
};
/** One SharedArrayBuffer holds no more in every supported Node. */
const MAX_BYTES = 4 * 2 ** 30;

const EXPLANATION = `
Threads increment and check counters in one SharedArrayBuffer while it is
migrated back and forth between two nodes. Migrations are alternately exclusive
(unmap, copy, map) and write-protected (readers continue during the copy). At
the end the counters are summed: every update must be there. Ctrl-C stops the
demo early and prints the results so far.`;

const EXAMPLES = [
  'pageferry demo',
  'pageferry demo --migrator dcbm --channels 2 --load-threads 4',
  'pageferry demo --bytes 64M --seconds 2 --json',
];

export function addDemoCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('demo')
    .description('migrate a buffer under running threads, and check that no update is lost')
    .option(
      '--bytes <size>',
      'size of the migrated buffer, 1M to 4G (default: 512M)',
      size(2 ** 20, MAX_BYTES, 4096),
    )
    .option('--seconds <number>', 'duration (default: 10)', seconds(86_400))
    .option('--folio <size>', 'folio size, 4K to 2M (default: 4K)', folioSize)
    .option(
      '--migrator <name>',
      'migrator that copies batches: none, cpu, mtcopy or dcbm (default: cpu)',
      oneOf(DEMO_MIGRATORS),
    )
    .addOption(channelCount())
    .addOption(threadCount('that of mtcopy'))
    .option(
      '--batch-bytes <size>',
      'largest batch, in bytes, 4K to 1G; larger is faster, with longer waits (default: 2M)',
      size(PAGE_SIZE, MAX_BATCH_BYTES, PAGE_SIZE),
    )
    .option(
      '--load-threads <count>',
      'program threads, alternately a writer and a reader, 2 to 64 (default: 2)',
      wholeNumber(2, 64),
    );
  addJsonOption(command, 'the results')
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async ({ json, ...given }: Partial<DemoOptions> & { json?: string }) => {
      const options = { ...DEFAULTS, ...given };
      checkReportFile(json);
      if (options.channels !== undefined && options.migrator !== 'dcbm') {
        throw new UsageError('--channels: needs --migrator dcbm');
      }
      if (options.threads !== undefined && options.migrator !== 'mtcopy') {
        throw new UsageError(
          '--threads: needs --migrator mtcopy. For the threads of the program, use --load-threads',
        );
      }
      const outcome = await watched(options);
      const report = demoReport(outcome);
      printReport(() => formatDemo(report, outcome), report, json);
      setExitCode(verdict(report, outcome) ? EXIT.ok : EXIT.failed);
    });
}

/** Runs the demo with a progress bar, until the time is over or a signal comes. */
async function watched(options: DemoOptions): Promise<DemoOutcome> {
  const interrupted = new AbortController();
  const interruption = new Interruption();
  void interruption.happened.then(() => interrupted.abort());
  const progress = startProgress(`${formatSize(options.bytes)} back and forth`, options.seconds, {
    of: 'share',
  });
  try {
    return await runDemo(options, interrupted.signal, {
      onProgress: (elapsed, bytes) => {
        const gigabytes = bytes / 1e9;
        progress.update(elapsed, `${gigabytes.toFixed(1)} GB, ${(gigabytes / elapsed).toFixed(2)} GB/s`);
      },
    });
  } finally {
    progress.stop();
    interruption.end();
  }
}

function verdict({ lost }: DemoReport, { backwards }: DemoOutcome): boolean {
  if (backwards > 0) console.error(`error: ${backwards} values went backwards`);
  return lost === 0 && backwards === 0;
}
