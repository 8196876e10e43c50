/**
 * Fuzzes every target, round after round with fresh seeds, until time is over:
 * `npm run fuzz -- [--minutes M] [--seed S] [--only NAME] [--path P]`. With `--path` the one case that a report names
 * is run again. Prints what was tried, and at a failure how to have it again; exit code 1 then.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseFlags } from '../torture/command-line.js';
import { parseMinutes } from '../torture/parse-minutes.js';
import { Heartbeat } from './support/heartbeat.js';
import { type FuzzTarget, tryTarget } from './support/target.js';
import { API_TARGETS } from './targets/api.js';
import { COMMAND_LINE_TARGETS } from './targets/command-line.js';
import { DESCRIPTOR_TARGETS } from './targets/descriptors.js';
import { KERNEL_FILE_TARGETS } from './targets/kernel-files.js';
import { MODULE_TARGETS } from './targets/modules.js';
import { PARAMETER_TARGETS } from './targets/parameters.js';
import { SOCKET_TARGETS } from './targets/socket.js';

const TARGETS: readonly FuzzTarget[] = [
  ...PARAMETER_TARGETS,
  ...COMMAND_LINE_TARGETS,
  ...DESCRIPTOR_TARGETS,
  ...KERNEL_FILE_TARGETS,
  ...MODULE_TARGETS,
  ...SOCKET_TARGETS,
  ...API_TARGETS,
];
/** In one round, as many times the cases of a test. */
const ROUND = 5;
/** Bytes that the process may have grown since its second round: what each case leaves behind would add up. */
const MAX_GROWTH = 512 * 2 ** 20;

interface Flags {
  readonly minutes: number;
  readonly seed: number;
  readonly only?: string;
  readonly path?: string;
}

const command = new Command('fuzz')
  .description('try every parser and every call with hostile input, with fresh seeds, until time is over')
  .option('--minutes <count>', 'duration; may be a fraction', parseMinutes, 1)
  .addOption(
    new Option('--seed <number>', 'seed of the first round')
      .argParser(integer)
      .default(Date.now() % 2 ** 31, 'from the clock'),
  )
  .addOption(new Option('--only <name>', 'one target').choices(TARGETS.map(({ name }) => name)))
  .option('--path <path>', 'one case of that target and seed, as a report names it')
  .exitOverride();

/** Seeds of later rounds may be negative. */
function integer(text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

const flags = parseFlags<Flags>(command);
if (flags !== undefined) await run(flags);

async function run({ minutes, seed: given, only, path }: Flags): Promise<void> {
  const chosen = TARGETS.filter(({ name }) => only === undefined || name === only);
  const first = given | 0;
  const until = performance.now() + minutes * 60_000;
  const heartbeat = new Heartbeat();
  const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

  console.log(`seed ${first}, ${chosen.length} targets`);
  let cases = 0;
  let early = 0;
  for (let round = 0; ; round++) {
    const seed = (first + round) | 0;
    for (const target of chosen) {
      heartbeat.beat(`${target.name}, seed ${seed}`);
      try {
        cases += await tryTarget(target, { seed, numRuns: target.runs * ROUND, ...(path ? { path } : {}) });
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
        process.exit(1);
      }
      if (performance.now() > until) break;
    }
    const { rss } = process.memoryUsage();
    if (round === 1) early = rss;
    if (early > 0 && rss > early + MAX_GROWTH) {
      console.error(`grew from ${megabytes(early)} to ${megabytes(rss)} MiB by the round of seed ${seed}`);
      process.exit(1);
    }
    if (round % 10 === 0) console.log(`round ${round}, seed ${seed}: ${cases} cases, ${megabytes(rss)} MiB`);
    if (path !== undefined || performance.now() > until) break;
  }
  console.log(`${cases} cases, nothing found, ${megabytes(process.memoryUsage().rss)} MiB`);
}
