import { createReadStream } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { MigrationError } from '../../common/migration-error.js';
import { formatSize } from '../../common/size.js';
import type { HeatSnapshot } from '../../heat/heat-snapshot.js';
import { readRecording } from '../../heat/recording/read-recording.js';
import { OwnPolicy } from '../../own-policies/own-policy.js';
import { createPolicy, POLICY_NAMES, type PolicyName } from '../../policy/policies.js';
import { checkChannels } from '../../sim/dma/check-channels.js';
import { BASELINES, runBaseline } from '../../sim/tiering/baselines.js';
import {
  MigrationCosts,
  type MigrationSetup,
  TIERING_MIGRATORS,
  type TieringMigrator,
} from '../../sim/tiering/migration-costs.js';
import type { TieredProgram } from '../../sim/tiering/programs/program.js';
import { createProgram, PROGRAM_NAMES, type ProgramName } from '../../sim/tiering/programs/programs.js';
import { recorded } from '../../sim/tiering/programs/recorded.js';
import { roomsOf, runPolicy, type TieringFigures, type TieringSettings } from '../../sim/tiering/tiering.js';
import {
  TIERING_DEFAULTS,
  TIERING_UNIT_BYTES,
  type TieringOptions,
  tieringSettings,
} from '../../sim/tiering/tiering-options.js';
import { TUNING_RUNS, tune } from '../../sim/tiering/tuned.js';
import { fileBytes } from '../heat/read-file.js';
import { channelCount, simSeed, threadCount } from '../ui/common-options.js';
import { UsageError } from '../ui/errors.js';
import { EXIT, helpText, type SetExitCode, SIM_EXIT_HELP } from '../ui/exit-code.js';
import { folioSize, listOf, oneOf, seconds, size, wholeNumber } from '../ui/option-parsers.js';
import { addOutputOptions, checkOutputs, deliver, type OutputFlags } from '../ui/output-options.js';
import { startProgress } from '../ui/progress.js';
import { addFigureOption, costsOf, type ProfileFlags, tiersNames, tiersOf } from './profile-option.js';
import { formatTiering, type TieringRow, tieringSheet } from './tiering-report.js';

interface TieringFlags extends OutputFlags, ProfileFlags, TieringOptions {
  /** Names of policies, and URLs of modules. */
  readonly policy: readonly string[];
  readonly policyOptions?: unknown;
  readonly program: readonly ProgramName[];
  readonly recording?: string;
  readonly costs?: string;
  readonly migrator: readonly TieringMigrator[];
  readonly channels: number;
  readonly threads: number;
  readonly folio: number;
  readonly batchBytes: readonly number[];
  readonly memory: number;
  readonly shadows?: boolean;
  readonly tune?: boolean;
}

const { setup: SETUP, ...REST } = TIERING_DEFAULTS;
const DEFAULTS = {
  ...REST,
  ...SETUP,
  policy: POLICY_NAMES,
  program: PROGRAM_NAMES,
  migrator: [SETUP.migrator],
  batchBytes: [SETUP.batchBytes],
} as const;

const EXPLANATION = `
Runs programs on a machine with a fast and a slow node, in epochs of virtual
time. A policy sees the heat of the memory as an access source sees it, and
moves units of 2M. The migration simulator computes what each move costs.

Each program has a table with a row for each placement. ns/op is the time of an
operation: less is better. 'all fast', 'all slow' and 'first touch' move
nothing. The oracle knows the future and moves for nothing: no policy can be
faster.

Programs: gups makes random updates to a hot set that moves. zipf is a key-value
store. chase follows pointers. scan reads all memory again and again. graph
traverses a graph.

Policies: recency promotes at the second access. frequency keeps the hottest
units on the fast node. balance equalises the latencies of the nodes. auto moves
what pays.

With several migrators or batches, the notes say from which batch on a migrator
is faster than none ('baseline': the migrating thread copies).`;

const EXAMPLES = [
  'pageferry sim tiering --program gups',
  'pageferry sim tiering --profile skylake-2s --program gups,zipf --fast 10',
  'pageferry sim tiering --migrator baseline,dcbm --batch-bytes 4K,256K,2M,16M',
  'pageferry sim tiering --policy auto,./my-policy.mjs --program graph',
  'pageferry sim tiering --tune',
];

export function addSimTieringCommand(sim: Command, setExitCode: SetExitCode): void {
  const names = (all: readonly string[]): string => `${all.join(', ')} (default: all)`;
  const command = sim
    .command('tiering')
    .description(
      'simulate programs on a machine with fast and slow memory, and policies that place their memory',
    )
    .option(
      '--policy <names>',
      `policies: ${POLICY_NAMES.join(', ')}, or files of your own (default: all names)`,
      listOf(policyOrModule),
    )
    .option('--policy-options <json>', 'options of your own policies, as JSON', json)
    .option('--program <names>', `programs: ${names(PROGRAM_NAMES)}`, listOf(oneOf(PROGRAM_NAMES)))
    .option('--recording <file>', 'also run a program with the heat of this recording')
    .option(
      '--profile <name>',
      `machine with tiers: ${tiersNames().join(', ')}, or a file (default: skylake-cxl)`,
    )
    .option('--costs <name>', "hardware profile with the costs of migrations (default: the machine's)")
    .option(
      '--migrator <names>',
      `migrators: ${TIERING_MIGRATORS.join(', ')} (default: baseline)`,
      listOf(oneOf(TIERING_MIGRATORS)),
    )
    .addOption(channelCount())
    .addOption(threadCount('4'))
    .option('--folio <size>', 'folio size of the memory, 4K to 2M (default: 4K)', folioSize)
    .option(
      '--batch-bytes <sizes>',
      'bytes of a batch, which are unmapped at once, 4K to 256M (default: 2M)',
      listOf(size(4096, 2 ** 28, 4096)),
    )
    .option(
      '--memory <size>',
      'memory of each program (default: 4G)',
      size(2 ** 24, 2 ** 36, TIERING_UNIT_BYTES),
    )
    .option(
      '--fast <percent>',
      'size of the fast node, of the memory of the program, 1 to 100 (default: 25)',
      wholeNumber(1, 100),
    )
    .option(
      '--slow <percent>',
      'size of the slow node, of the memory of the program, 1 to 1000 (default: 100)',
      wholeNumber(1, 1000),
    )
    .option('--shadows', 'also run each policy so that promoted memory keeps its old copy while it is clean')
    .option(
      '--seconds <number>',
      'virtual time of a run (default: 60, or the length of the recording)',
      seconds(3600),
    )
    .option(
      '--epoch-ms <ms>',
      'time between two decisions, 1 to 10000 (default: 100)',
      wholeNumber(1, 10_000),
    )
    .option(
      '--watch-ms <ms>',
      'time in each epoch in which accesses are seen (default: 1)',
      wholeNumber(1, 10_000),
    )
    .option('--half-life-ms <ms>', 'half-life of the heat (default: 500)', wholeNumber(1, 1_000_000))
    .option(
      '--free-cpus <count>',
      'CPUs that the program leaves to migrations (default: 0)',
      wholeNumber(0, 4096),
    )
    .option('--tune', 'also run each policy but auto with many options, and show the fastest')
    .addOption(simSeed());
  addFigureOption(command);
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, SIM_EXIT_HELP))
    .action(async (given: Partial<TieringFlags>) => {
      const flags: TieringFlags = { ...DEFAULTS, ...given };
      checkOutputs(flags);
      if (flags.watchMs > flags.epochMs) {
        throw new UsageError(`--watch-ms: ${flags.watchMs} is above --epoch-ms ${flags.epochMs}. Use less`);
      }
      const machine = tiersOf(flags.profile);
      const costs = costsOf(flags.costs ?? machine.costs, flags.set);
      if (flags.freeCpus > machine.cpus) {
        throw new UsageError(
          `--free-cpus: ${flags.freeCpus} is above the ${machine.cpus} of ${machine.name}. Use less`,
        );
      }
      if (flags.policyOptions !== undefined && flags.policy.every(isPolicyName)) {
        throw new UsageError(
          '--policy-options: are for policies of your own. Name the file of one in --policy',
        );
      }
      if (flags.migrator.includes('dcbm')) checkChannels('simulateTiering', costs, flags.channels);
      const programs = await programsOf(flags, given.program !== undefined, machine.cpus);
      const setups = setupsOf(flags);
      const { memory, fast, slow, epochMs, watchMs, halfLifeMs, freeCpus, seed } = flags;
      const runs = programs.map((program) => tieringSettings(machine, program, flags));
      for (const run of runs) checkRoom(run, flags);
      const total =
        programs.length *
        (BASELINES.length +
          setups.length * flags.policy.length * (flags.shadows === true ? 2 : 1) +
          (flags.tune === true ? TUNING_RUNS : 0));
      const progress = startProgress('sim tiering', total);
      const costsOfSetup = new Map(
        setups.map((setup) => [setup, new MigrationCosts(machine, costs, setup, seed)] as const),
      );
      const rows: TieringRow[] = [];
      let done = 0;
      try {
        for (const run of runs) {
          rows.push(...(await rowsOf(run, costsOfSetup, flags, (text) => progress.update(++done, text))));
        }
      } finally {
        progress.stop();
      }
      const figures = {
        schema: 'pageferry.sim.tiering/1',
        profile: machine.name,
        costs: costs.name,
        seed,
        options: { memory, fast, slow, epochMs, watchMs, halfLifeMs, freeCpus },
        rows: rows.map(({ setup, ...row }) => ({ ...row, ...setup })),
      };
      const report = { machine, costs: costs.name, rows };
      deliver(flags, {
        figures,
        text: () => formatTiering(report),
        sheet: () => tieringSheet(report),
      });
      setExitCode(EXIT.ok);
    });
}

/** All runs of one program: without moves, with each policy and each way to migrate, and the fastest of many options. */
async function rowsOf(
  settings: Omit<TieringSettings, 'costs'>,
  setups: ReadonlyMap<MigrationSetup, MigrationCosts>,
  flags: TieringFlags,
  onRun: (text: string) => void,
): Promise<TieringRow[]> {
  const program = settings.program.name;
  const [costs] = setups.values();
  const still = { ...settings, costs: costs! };
  const rows: TieringRow[] = [];
  for (const placement of BASELINES) {
    rows.push({ program, placement, ...runBaseline(placement, still) });
    onRun(`${program}, ${placement}`);
  }
  for (const [setup, costs] of setups) {
    for (const named of flags.policy) {
      for (const shadows of flags.shadows === true ? [false, true] : [false]) {
        const run = { ...settings, costs, shadows };
        const { name, figures } = await runNamed(named, flags.policyOptions, run);
        const placement = shadows ? `${name}, shadows` : name;
        rows.push({ program, placement, setup, ...figures });
        onRun(`${program}, ${placement}`);
      }
    }
  }
  if (flags.tune === true) {
    const [setup] = setups.keys();
    rows.push({
      program,
      placement: 'tuned',
      setup: setup!,
      ...tune(still, () => onRun(`${program}, tuned`)),
    });
  }
  return rows;
}

/** Runs a policy of pageferry, or one that a module makes. */
async function runNamed(
  policy: string,
  options: unknown,
  settings: TieringSettings,
): Promise<{ name: string; figures: TieringFigures }> {
  if (isPolicyName(policy)) return { name: policy, figures: runPolicy(createPolicy(policy), settings) };
  try {
    return await runOwn(policy, options, settings);
  } catch (error) {
    if (!(error instanceof MigrationError) || !error.argument?.startsWith('policy')) throw error;
    throw new UsageError(`--policy: ${error.problem} (${error.code})`, { cause: error });
  }
}

async function runOwn(
  module: string,
  options: unknown,
  settings: TieringSettings,
): Promise<{ name: string; figures: TieringFigures }> {
  const own = await OwnPolicy.load({ module, options, operation: 'sim tiering' });
  try {
    return { name: own.name, figures: runPolicy(own, settings) };
  } finally {
    await own.close();
  }
}

/** @throws UsageError if the two nodes have no room for a program. */
function checkRoom(run: Omit<TieringSettings, 'costs'>, { fast, slow }: TieringFlags): void {
  const { program } = run;
  const { fastBytes, slowBytes, headroomBytes } = roomsOf(run);
  const needed =
    program.bytes - Math.floor((fastBytes - headroomBytes) / program.unitBytes) * program.unitBytes;
  if (slowBytes >= needed) return;
  const percent = Math.ceil((100 * needed) / program.bytes);
  throw new UsageError(
    `--slow: ${slow} is too small for ${program.name} with --fast ${fast}. Use ${percent} or more`,
  );
}

function isPolicyName(text: string): text is PolicyName {
  return (POLICY_NAMES as readonly string[]).includes(text);
}

/** The name of a policy, or the URL of a module of the user. */
function policyOrModule(text: string): string {
  if (text.startsWith('file:')) return text;
  return /[/\\]|\.[cm]?[jt]s$/.test(text) ? pathToFileURL(text).href : oneOf(POLICY_NAMES)(text);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It must be JSON.');
  }
}

/** The ways to migrate: each migrator with each batch. */
function setupsOf({ migrator, batchBytes, channels, threads, folio }: TieringFlags): MigrationSetup[] {
  return migrator.flatMap((name) =>
    batchBytes.map((batch) => ({ migrator: name, channels, threads, folio, batchBytes: batch })),
  );
}

async function programsOf(flags: TieringFlags, named: boolean, threads: number): Promise<TieredProgram[]> {
  const { recording, memory: bytes, seed } = flags;
  const names = recording !== undefined && !named ? [] : flags.program;
  const programs = names.map((name) =>
    createProgram(name, { bytes, unitBytes: TIERING_UNIT_BYTES, threads, seed }),
  );
  if (recording === undefined) return programs;
  const program = recorded(await snapshotsOf(recording), threads);
  if (flags.folio > program.unitBytes) {
    throw new UsageError(
      `--folio: ${formatSize(flags.folio)} is more than the units of ${recording}, ${formatSize(program.unitBytes)}. Use less`,
    );
  }
  return [...programs, program];
}

/** @throws UsageError or MigrationError that names the file. */
async function snapshotsOf(file: string): Promise<HeatSnapshot[]> {
  fileBytes(file);
  const recording = await readRecording(createReadStream(file), file);
  const snapshots: HeatSnapshot[] = [];
  for await (const { snapshot } of recording) snapshots.push(snapshot);
  if (recording.end.state === 'damaged') {
    throw new UsageError(`--recording: ${file}: ${recording.end.problem}. Use an unchanged recording`);
  }
  return snapshots;
}
