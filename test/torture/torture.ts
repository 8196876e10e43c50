/**
 * Everything that can be done to live memory, all at once, for as long as asked: `npm run torture -- --minutes 5`
 * (docs/testing.md). Exit code 1 when anything was lost, went wrong or got stuck, 2 for wrong usage.
 */
import { wholeNumber } from '../../src/cli/ui/option-parsers.js';
import { parseFlags, type RunFlags, runCommand } from './command-line.js';
import { supervise } from './supervise.js';

interface Flags extends RunFlags {
  readonly log?: string;
  readonly stall: number;
  readonly every: number;
}

const command = runCommand(
  'torture',
  'writers, readers, migrations, migrators that fail, parameters, children and reclaim at once',
  'what every actor decides is a function of it',
)
  .option('--log <file>', 'write every decision of every actor to it, a line each')
  .option('--stall <seconds>', 'how long an actor may do nothing', wholeNumber(1, 3600), 60)
  .option('--every <seconds>', 'time between reports', wholeNumber(1, 3600), process.stdout.isTTY ? 5 : 20);

const flags = parseFlags<Flags>(command);
if (flags !== undefined) {
  const { minutes, seed, log, stall, every } = flags;
  const replay = `npm run torture -- --minutes ${minutes} --seed ${seed}`;
  const print = (text: string): void => console.log(text);
  print(`seed ${seed}, ${minutes} minutes: ${replay}`);
  const good = await supervise({ seconds: minutes * 60, seed, log, stall, every, replay, print });
  process.exitCode = good ? 0 : 1;
}
