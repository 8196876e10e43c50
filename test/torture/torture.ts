/**
 * Everything that can be done to live memory, all at once, for as long as asked: `npm run torture -- --minutes 5`
 * (docs/testing.md). Exit code 1 when anything was lost, went wrong or got stuck, 2 for wrong usage.
 */
import { InvalidArgumentError, Option } from 'commander';
import { swapOf } from '../../src/autopilot/host-state.js';
import { wholeNumber } from '../../src/cli/ui/option-parsers.js';
import { SwapFile } from '../ferry/support/swap-file.js';
import { parseFlags, type RunFlags, runCommand } from './command-line.js';
import { WATCH_SOURCES, type WatchSource } from './protocol.js';
import { supervise } from './supervise.js';

const SWAP_BYTES = 2 ** 28;

interface Flags extends RunFlags {
  readonly log?: string;
  readonly stall: number;
  readonly every: number;
  readonly sources: readonly WatchSource[];
  readonly autopilot: boolean;
}

const command = runCommand(
  'torture',
  'writers, readers, migrations, migrators that fail, parameters, children and reclaim at once',
  'what every actor decides is a function of it',
)
  .option('--log <file>', 'write every decision of every actor to it, a line each')
  .option('--stall <seconds>', 'how long an actor may do nothing', wholeNumber(1, 3600), 60)
  .option('--autopilot', 'autopilots place the memory, too, with all their actuators', false)
  .option('--every <seconds>', 'time between reports', wholeNumber(1, 3600), process.stdout.isTTY ? 5 : 20);

command.addOption(
  new Option('--sources <names>', 'access sources that watch the memory meanwhile, or none')
    .argParser(parseSources)
    .default(WATCH_SOURCES, WATCH_SOURCES.join(',')),
);

const flags = parseFlags<Flags>(command);
if (flags !== undefined) {
  const { minutes, seed, log, stall, every, sources, autopilot } = flags;
  const piloted = autopilot ? ' --autopilot' : '';
  const replay = `npm run torture -- --minutes ${minutes} --seed ${seed} --sources ${sources.join(',') || 'none'}${piloted}`;
  const print = (text: string): void => console.log(text);
  print(`seed ${seed}, ${minutes} minutes: ${replay}`);
  const run = { seconds: minutes * 60, seed, log, stall, every, sources, autopilot, replay, print };
  const good = autopilot ? await withSwap(print, () => supervise(run)) : await supervise(run);
  process.exitCode = good ? 0 : 1;
}

/** Runs with swap, so that memory can be paged out. */
async function withSwap(print: (text: string) => void, run: () => Promise<boolean>): Promise<boolean> {
  SwapFile.dropLeftovers();
  const swap = swapOf() === 'none' ? SwapFile.open(SWAP_BYTES) : undefined;
  if (typeof swap === 'string') print(`nothing is paged out: ${swap}`);
  const close = (): void => {
    if (swap instanceof SwapFile) swap.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      close();
      process.exit(1);
    });
  }
  try {
    return await run();
  } finally {
    close();
  }
}

function parseSources(text: string): readonly WatchSource[] {
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const source = WATCH_SOURCES.find((each) => each === name);
    if (source !== undefined) return source;
    throw new InvalidArgumentError(`names are ${WATCH_SOURCES.join(', ')}.`);
  });
}
