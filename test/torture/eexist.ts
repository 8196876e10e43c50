/**
 * Provokes the kernel to deny moves that it made (EEXIST, ENOENT) until it has done so ten times:
 * `node dist/test/torture/eexist.js [--times N] [--seconds N]`. A kernel that does not do so any more is given up
 * after ten minutes. Prints one line of JSON; exit code 1 when an update was lost, or it was not seen often enough.
 */
import './long-run.js';

import { Command } from 'commander';
import { seconds as secondsOf, wholeNumber } from '../../src/cli/ui/option-parsers.js';
import { provokeHiddenMoves } from '../ferry/support/hidden-moves.js';
import { parseFlags } from './command-line.js';

interface Flags {
  readonly times: number;
  readonly seconds: number;
}

const command = new Command('eexist')
  .description('provoke the kernel to deny moves that it made, and count the updates')
  .option('--times <count>', 'denied moves after which it stops', wholeNumber(1, 1e9), 10)
  .option('--seconds <number>', 'time after which it gives up', secondsOf(1e6), 600)
  .exitOverride();

const flags = parseFlags<Flags>(command);
if (flags !== undefined) await run(flags);

async function run({ times, seconds: limit }: Flags): Promise<void> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const { seen, migrations } = await provokeHiddenMoves(times, () => seconds() < limit);
  console.log(JSON.stringify({ seen, migrations, lost: 0, seconds: Number(seconds().toFixed(3)) }));
  if (seen < times) process.exitCode = 1;
}
