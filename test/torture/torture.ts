/**
 * Everything that can be done to live memory, all at once, for as long as asked: `npm run torture -- --minutes 5`
 * (docs/reliability.md). Exit code 1 when anything was lost, went wrong or got stuck, 2 for wrong usage.
 */
import { Command, CommanderError, Option } from 'commander';
import { wholeNumber } from '../../src/cli/option-parsers.js';
import { parseMinutes } from './parse-minutes.js';
import { supervise } from './supervise.js';

interface Flags {
  readonly minutes: number;
  readonly seed: number;
  readonly log?: string;
  readonly stall: number;
  readonly every: number;
}

const program = new Command('torture')
  .description('writers, readers, migrations, migrators that fail, parameters, children and reclaim at once')
  .option('--minutes <count>', 'how long; fractions are welcome', parseMinutes, 1)
  .addOption(
    new Option('--seed <number>', 'what every actor decides is a function of it (default: by the clock)')
      .argParser(wholeNumber(0, 2 ** 32 - 1))
      .default(Date.now() % 2 ** 32, ''),
  )
  .option('--log <file>', 'write every decision of every actor to it, a line each')
  .option('--stall <seconds>', 'how long an actor may do nothing', wholeNumber(1, 3600), 60)
  .option('--every <seconds>', 'time between reports', wholeNumber(1, 3600), process.stdout.isTTY ? 5 : 20)
  .exitOverride();

let flags: Flags | undefined;
try {
  flags = program.parse().opts<Flags>();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
if (flags !== undefined) {
  const { minutes, seed, log, stall, every } = flags;
  const replay = `npm run torture -- --minutes ${minutes} --seed ${seed}`;
  const print = (text: string): void => console.log(text);
  print(`seed ${seed}, ${minutes} minutes: ${replay}`);
  const good = await supervise({ seconds: minutes * 60, seed, log, stall, every, replay, print });
  process.exitCode = good ? 0 : 1;
}
