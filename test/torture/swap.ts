/**
 * Exchanges the migrator under load, many times: `node dist/test/torture/swap.js [--swaps N] [--seconds N]`. Stops at
 * whichever comes first (100,000 swaps and no limit of time when nothing is said). Prints one line of JSON; exit code 1
 * when an update was lost or a folio was left behind.
 */
import './long-run.js';

import { Command } from 'commander';
import { seconds as secondsOf, wholeNumber } from '../../src/cli/ui/option-parsers.js';
import { openFerry } from '../../src/index.js';
import { swapUnderLoad } from '../ferry/support/hot-swap.js';
import { parseFlags } from './command-line.js';

interface Flags {
  readonly swaps: number;
  readonly seconds?: number;
}

const command = new Command('swaps')
  .description('exchange the migrator of a ferry under load, many times, and count the updates')
  .option('--swaps <count>', 'swaps after which it stops', wholeNumber(1, 1e9), 100_000)
  .option('--seconds <number>', 'time after which it stops (default: no limit)', secondsOf(1e6))
  .exitOverride();

const flags = parseFlags<Flags>(command);
if (flags !== undefined) await run(flags);

async function run({ swaps: max, seconds: limit = Number.POSITIVE_INFINITY }: Flags): Promise<void> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const ferry = await openFerry({ batchBytes: 128 * 4096 });
  await ferry.parameters.set('module/pageferry/parameters/pipeline_depth', 4);
  const { swaps, migrations, bytesMoved, updates, lost, failed } = await swapUnderLoad(
    ferry,
    32 * 1024 * 1024,
    4096,
    (done) => done < max && seconds() < limit,
  );
  await ferry.close();
  const report = { swaps, migrations, bytesMoved, updates, lost, seconds: Number(seconds().toFixed(3)) };
  console.log(JSON.stringify(report));
  if (lost > 0 || failed > 0) process.exitCode = 1;
}
