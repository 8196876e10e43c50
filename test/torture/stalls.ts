/**
 * Looks for a thread that holds the mmap lock for good: `npm run stalls -- --minutes 5` (docs/reliability.md). Exit code 1
 * when anything was lost or got stuck, 2 for wrong usage.
 */
import { Command, CommanderError, Option } from 'commander';
import { wholeNumber } from '../../src/cli/option-parsers.js';
import { parseMinutes } from './parse-minutes.js';
import { supervise } from './supervise.js';

interface Flags {
  readonly minutes: number;
  readonly seed: number;
  readonly stall: number;
}

const program = new Command('stalls')
  .description(
    'move large folios while mappings change, pages age, are pinned and collapse, and smaps is read',
  )
  .option('--minutes <count>', 'how long; fractions are welcome', parseMinutes, 1)
  .addOption(
    new Option('--seed <number>', 'of every decision (default: by the clock)')
      .argParser(wholeNumber(0, 2 ** 32 - 1))
      .default(Date.now() % 2 ** 32, ''),
  )
  .option('--stall <seconds>', 'how long a thread may do nothing', wholeNumber(1, 3600), 30)
  .exitOverride();

let flags: Flags | undefined;
try {
  flags = program.parse().opts<Flags>();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
if (flags !== undefined) {
  const { minutes, seed, stall } = flags;
  const good = await supervise({
    seconds: minutes * 60,
    seed,
    log: undefined,
    stall,
    every: 20,
    replay: `npm run stalls -- --minutes ${minutes} --seed ${seed}`,
    program: new URL('./suspects/run.js', import.meta.url),
    print: (text) => console.log(text),
  });
  process.exitCode = good ? 0 : 1;
}
