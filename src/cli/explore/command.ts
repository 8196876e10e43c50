import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { exploreInParts } from '../../runner/run-explore.js';
import type { Runner } from '../../runner/runner.js';
import { parseSchedule } from '../../sim/explore/chooser.js';
import { type Explored, explore, type Failure, replay, replayed } from '../../sim/explore/explore.js';
import type { Race } from '../../sim/explore/races/race.js';
import { RACES } from '../../sim/explore/races/races.js';
import type { ExploredParts, Scenario } from '../../sim/explore/scenario.js';
import { SCENARIOS } from '../../sim/explore/scenarios.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import { addRunnerOptions, checkRunner, type RunnerFlags, startRunner } from '../runner/runner-options.js';
import { addProfileOptions, type ProfileFlags, profileArguments, profileOf } from '../sim/profile-option.js';
import { commandTrace } from '../trace/command-trace.js';
import { simSeed } from '../ui/common-options.js';
import { UsageError } from '../ui/errors.js';
import { EXIT, EXPLORE_EXIT_HELP, helpText, type SetExitCode } from '../ui/exit-code.js';
import { addJsonOption, checkReportFile, printReport } from '../ui/json-file.js';
import { listOf, oneOf, seconds, wholeNumber } from '../ui/option-parsers.js';
import { startProgress } from '../ui/progress.js';
import { formatTable, left, right } from '../ui/table.js';
import { fitTerminal, linesOf, textWidth } from '../ui/wrap.js';
import { formatFailure } from './report.js';

interface ExploreFlags extends ProfileFlags, RunnerFlags {
  readonly scenario?: readonly string[];
  readonly seed?: number;
  readonly schedules?: number;
  readonly seconds?: number;
  readonly systematic?: boolean;
  readonly preemptions?: number;
  readonly replay?: string;
  readonly list?: boolean;
  readonly race?: Race;
  readonly json?: string;
}

const DEFAULT_SCHEDULES = 1000;
const DEFAULT_PREEMPTIONS = 2;
const DEFAULT_SEED = 1;
const EXAMPLES = [
  'pageferry explore --list',
  'pageferry explore --scenario swap --seconds 60',
  'pageferry explore --schedules 1000000000 --queue redis://queue.example:6379',
  'pageferry explore --scenario swap --seed 1 --replay 3:1,5:1',
];

export function addExploreCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('explore')
    .description(
      'run the pipeline and the registry in many schedules on a simulated machine, and check that nothing is lost',
    )
    .option('--list', 'list the scenarios and the races')
    .option(
      '--scenario <names>',
      'scenarios to run (default: all)',
      listOf(oneOf(SCENARIOS.map(({ name }) => name))),
    )
    .addOption(simSeed('schedules'))
    .option(
      '--schedules <count>',
      `maximum number of schedules of each scenario (default: ${DEFAULT_SCHEDULES})`,
      wholeNumber(1, 1e9),
    )
    .option('--seconds <number>', 'time for each scenario, instead of --schedules', seconds(86_400))
    .option('--systematic', 'run every schedule with few preemptions, instead of random schedules')
    .option(
      '--preemptions <count>',
      `maximum number of preemptions with --systematic (default: ${DEFAULT_PREEMPTIONS})`,
      wholeNumber(0, 100),
    )
    .option('--replay <schedule>', 'run one schedule of one scenario and seed, as printed for a failure')
    .option('--race <name>', 'insert a mistake that reviewers found, to see its scenario fail', race);
  addJsonOption(command, 'the results');
  addRunnerOptions(command, 'the process itself');
  addProfileOptions(command)
    .addHelpText('after', helpText('', EXAMPLES, EXPLORE_EXIT_HELP))
    .action(async (flags: ExploreFlags) => {
      checkTogether(flags);
      checkRunner(flags);
      checkReportFile(flags.json);
      if (flags.list === true) {
        console.log(fitTerminal(listing()));
        return;
      }
      const wanted = flags.scenario ?? (flags.race === undefined ? undefined : [flags.race.scenario]);
      const scenarios = SCENARIOS.filter(({ name }) => wanted?.includes(name) ?? true);
      const results =
        flags.replay === undefined
          ? await walkAnywhere(scenarios, flags)
          : [await again(scenarios[0]!, flags, flags.replay)];
      const { seed = DEFAULT_SEED } = flags;
      printReport(() => format(results, flags), { schema: 'pageferry.explore/1', seed, results }, flags.json);
      const failed = results.some(({ failure }) => failure !== undefined);
      setExitCode(failed ? EXIT.failed : EXIT.ok);
    });
}

function checkTogether({
  replay: text,
  scenario,
  preemptions,
  systematic,
  schedules,
  seconds: time,
  race: raced,
  workers,
  queue,
}: ExploreFlags): void {
  if (text !== undefined && scenario?.length !== 1 && (raced === undefined || scenario !== undefined)) {
    throw new UsageError('--replay: needs the scenario of the schedule. Add one --scenario');
  }
  if (text !== undefined && parseSchedule(text) === undefined) {
    throw new UsageError(
      `--replay: '${text}' is not a schedule. Use one such as 3:1,17:2, or - for the plain one`,
    );
  }
  if (text !== undefined && (systematic === true || schedules !== undefined || time !== undefined)) {
    throw new UsageError(
      '--replay: cannot be combined with --systematic, --schedules or --seconds. Leave them out',
    );
  }
  if ((text !== undefined || systematic === true) && (workers !== undefined || queue !== undefined)) {
    const flag = queue === undefined ? '--workers' : '--queue';
    throw new UsageError(
      `${flag}: is only for random schedules. Leave it out with ${text === undefined ? '--systematic' : '--replay'}`,
    );
  }
  if (preemptions !== undefined && systematic !== true)
    throw new UsageError('--preemptions: needs --systematic');
  if (schedules !== undefined && time !== undefined) {
    throw new UsageError('--schedules: cannot be combined with --seconds. Use one of them');
  }
}

function race(name: string): Race {
  const names = RACES.map((each) => each.name);
  oneOf(names)(name);
  return RACES[names.indexOf(name)]!;
}

/** Each scenario and each race, with its description. */
function listing(): string {
  const scenarios = beside(SCENARIOS.map(({ name, description }) => [name, description]));
  const races = beside(RACES.map(({ name, mistake, scenario }) => [name, `${mistake} (${scenario})`]));
  return [
    formatTable(left('scenario', ''), scenarios),
    formatTable(left('race', 'the mistake, and the scenario that finds it'), races),
  ].join('\n\n');
}

function beside(rows: readonly (readonly [name: string, text: string])[]): string[][] {
  const room = textWidth() - 2 - Math.max(...rows.map(([name]) => name.length), 'scenario'.length);
  return rows.map(([name, text]) => [name, linesOf(text, room).join('\n')]);
}

/** In this process, or with a runner that the flags choose. */
async function walkAnywhere(scenarios: readonly Scenario[], flags: ExploreFlags): Promise<Explored[]> {
  if (flags.workers === undefined && flags.queue === undefined) return walk(scenarios, flags);
  const { runner } = await startRunner(flags);
  try {
    return await walk(scenarios, flags, runner);
  } finally {
    await runner.close();
  }
}

async function walk(
  scenarios: readonly Scenario[],
  flags: ExploreFlags,
  runner?: Runner,
): Promise<Explored[]> {
  const profile = profileOf(flags);
  // V8 would allocate in its old space what outlives a scavenge once. Each such object of a schedule that has ended keeps the
  // rest of its schedule alive until the next full collection, and scavenges take up to a third of the time.
  setFlagsFromString('--no-allocation-site-pretenuring');
  const results: Explored[] = [];
  for (const scenario of scenarios) {
    const started = performance.now();
    const until = flags.seconds === undefined ? Number.POSITIVE_INFINITY : started + flags.seconds * 1000;
    const schedules =
      flags.schedules ?? (flags.seconds === undefined ? DEFAULT_SCHEDULES : Number.MAX_SAFE_INTEGER);
    const progress = watchSchedules(scenario.name, schedules, flags.seconds);
    const seed = flags.seed ?? DEFAULT_SEED;
    const stop = (done?: number): boolean => {
      progress.next(done);
      return performance.now() >= until;
    };
    const found =
      runner === undefined
        ? explore({
            profile,
            scenario,
            seed,
            schedules,
            parts: partsOf(flags),
            ...(flags.systematic === true ? { preemptions: flags.preemptions ?? DEFAULT_PREEMPTIONS } : {}),
            stop: () => stop(),
          })
        : exploreInParts({
            profile,
            scenario: scenario.name,
            seed,
            schedules,
            ...(flags.race === undefined ? {} : { race: flags.race.name }),
            runner,
            stop,
          });
    const result = await found.finally(() => progress.stop());
    results.push(result);
    commandTrace.step(scenario.name);
    await traceSchedule(profile, scenario, flags, result.failure);
    const rate = (result.schedules / (performance.now() - started)) * 1000;
    // The rate is not in the results, which are the same for the same seed. Like the bar, it is only for a terminal.
    if (process.stderr.isTTY) {
      process.stderr.write(`${scenario.name}: ${Math.round(rate)} schedules a second\n`);
    }
    if (result.failure !== undefined) break;
  }
  return results;
}

/** With `--trace`: runs the failing schedule of a scenario again for the trace, or else the plain one. */
async function traceSchedule(
  profile: HardwareProfile,
  scenario: Scenario,
  flags: ExploreFlags,
  failure: Failure | undefined,
): Promise<void> {
  if (!commandTrace.on) return;
  const traced = tracedParts(`${scenario.name}: ${failure === undefined ? 'plain' : 'failing'} schedule`);
  const parts = { ...partsOf(flags), ...traced };
  await replay(
    { profile, scenario, seed: failure?.seed ?? flags.seed ?? DEFAULT_SEED, parts },
    failure?.choices ?? [],
  );
}

function tracedParts(name: string): ExploredParts {
  return { record: (now, about) => commandTrace.simulation(name, now, about) };
}

function partsOf({ race: raced }: ExploreFlags): ExploredParts {
  return raced?.parts ?? {};
}

async function again(scenario: Scenario, flags: ExploreFlags, text: string): Promise<Explored> {
  const parts = { ...partsOf(flags), ...tracedParts(`${scenario.name}: ${text}`) };
  return replayed(
    { profile: profileOf(flags), scenario, seed: flags.seed ?? DEFAULT_SEED, parts },
    parseSchedule(text)!,
  );
}

function format(results: readonly Explored[], flags: ExploreFlags): string {
  const table = formatTable(
    [...left('scenario'), ...right('schedules', 'different', 'decisions'), ...left('')],
    results.map(({ scenario, schedules, distinct, decisions, complete, failure }) => [
      scenario,
      String(schedules),
      String(distinct),
      String(decisions),
      failure !== undefined ? 'FAILED' : complete ? 'ok, all schedules' : 'ok',
    ]),
  );
  const profile = profileArguments(flags);
  const again = {
    ...(flags.race === undefined ? {} : { race: flags.race.name }),
    ...(profile === undefined ? {} : { profile }),
  };
  const failures = results.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  return [table, ...failures.map((failure) => `\n${formatFailure(failure, again)}`)].join('\n');
}

/** Called for every schedule, or with the number of schedules so far. */
export interface ScheduleWatch {
  next(done?: number): void;
  stop(): void;
}

/** A bar of the schedules. With --seconds it is a bar of the time, and shows the rate of schedules. */
function watchSchedules(label: string, schedules: number, seconds: number | undefined): ScheduleWatch {
  const started = performance.now();
  let done = 0;
  // A trace has the scenario as one step, not thousands of schedules.
  const traced = false;
  const progress =
    seconds === undefined
      ? startProgress(label, schedules, { traced })
      : startProgress(label, seconds, { traced, of: 'share' });
  return {
    next: (all) => {
      const elapsed = (performance.now() - started) / 1000;
      done = all ?? done + 1;
      if (seconds === undefined) progress.update(done, `schedule ${done} of ${schedules}`);
      else progress.update(elapsed, `${done} schedules, ${Math.round(done / elapsed)}/s`);
    },
    stop: () => progress.stop(),
  };
}
