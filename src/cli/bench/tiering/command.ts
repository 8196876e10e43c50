import type { Command } from 'commander';
import { MAX_ALIGNED_BYTES } from '../../../bench/harness/aligned-memory.js';
import { PROGRAMS, type ProgramName } from '../../../bench/heat/options.js';
import { SLICE_MS } from '../../../bench/heat/truth.js';
import { DEFAULT_PROGRAMS, type TieringBenchOptions } from '../../../bench/tiering/options.js';
import { MIN_BYTES, runTiering, tieringRuns } from '../../../bench/tiering/run-tiering.js';
import { PMD_SIZE } from '../../../common/page.js';
import { POLICY_NAMES, type PolicyName } from '../../../policy/policies.js';
import { costsOf, tiersNames, tiersOf } from '../../sim/profile-option.js';
import { seed } from '../../ui/common-options.js';
import { EXIT, helpText, type SetExitCode } from '../../ui/exit-code.js';
import { listOf, oneOf, seconds, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, type OutputFlags } from '../../ui/output-options.js';
import { runBench } from '../run-bench.js';
import { tieringBenchSheet } from './sheet.js';

interface TieringBenchFlags extends OutputFlags {
  readonly policy?: readonly PolicyName[];
  readonly programs?: readonly ProgramName[];
  readonly profile?: string;
  readonly bytes?: number;
  readonly fast?: number;
  readonly seconds?: number;
  readonly epochMs?: number;
  readonly cpuPercent?: number;
  readonly maxPauseMs?: number;
  readonly loadThreads?: number;
  readonly profileTimes?: boolean;
  readonly quick?: boolean;
  readonly seed?: number;
}

const EXPLANATION = `
Runs programs whose accesses are known, with an autopilot that places their
memory on a fast and a slow node by a policy. At first the fast node has the
lowest addresses. The programs are those of 'bench heat', and count each access
by its 2 MiB unit and its time. Where the units are is queried 10 times a
second. Both together are the hit ratio. The same accesses at the same time,
with the same policy, run in the simulator.

On a host with one NUMA node both nodes are on it. Accesses then do not get
faster, and the policies decide by the access times of --profile. With two NUMA
nodes the times are measured, unless --profile-times is given.

Every value that a program reads is checked, and all memory at the end. A wrong
value or a lost update gives exit code 1.`;

const EXAMPLES = [
  'pageferry bench tiering',
  'pageferry bench tiering --quick',
  'pageferry bench tiering --policy auto --programs hot-set --json=tiering.json',
];

/** The values that `--quick` sets, unless their own flags do. */
const QUICK = { bytes: 2 ** 26, seconds: 6 } as const;
const PROFILE = 'skylake-cxl';

export function addBenchTieringCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('tiering')
    .description('measure what policies do with real memory of known programs, beside the simulator')
    .option('--policy <names>', `${POLICY_NAMES.join(', ')} (default: all)`, listOf(oneOf(POLICY_NAMES)))
    .option(
      '--programs <names>',
      `${PROGRAMS.join(', ')} (default: ${DEFAULT_PROGRAMS.join(', ')})`,
      listOf(oneOf(PROGRAMS)),
    )
    .option(
      '--profile <name>',
      `simulated machine: ${tiersNames().join(', ')}, or a file (default: ${PROFILE})`,
    )
    .option(
      '--bytes <size>',
      'memory of each program, which is watched (default: 256M)',
      size(MIN_BYTES, MAX_ALIGNED_BYTES, PMD_SIZE),
    )
    .option(
      '--fast <percent>',
      'size of the fast node, of the memory of the program, 1 to 100 (default: 25)',
      wholeNumber(1, 100),
    )
    .option('--seconds <number>', 'length of the measured part of a run (default: 20)', seconds(3600))
    .option(
      '--epoch-ms <ms>',
      `time between two decisions, ${SLICE_MS} to 10000 (default: 200)`,
      wholeNumber(SLICE_MS, 10_000),
    )
    .option(
      '--cpu-percent <percent>',
      'CPU time of the autopilot, of one CPU, 1 to 100 (default: 50)',
      wholeNumber(1, 100),
    )
    .option('--max-pause-ms <ms>', 'longest wait at p99.9, 1 to 10000 (default: 5)', wholeNumber(1, 10_000))
    .option('--load-threads <count>', 'program threads, 1 to 64 (default: 1)', wholeNumber(1, 64))
    .option('--profile-times', 'decide by the access times of --profile, also with two NUMA nodes')
    .option('--quick', 'use 64M and 6 seconds')
    .addOption(seed(' of the accesses', 2 ** 20));
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async (flags: TieringBenchFlags) => {
      const options = tieringBenchOptions(flags);
      const report = await runBench(flags, {
        name: 'bench tiering',
        runs: tieringRuns(options),
        measure: (onRun) => runTiering(options, onRun),
        sheet: tieringBenchSheet,
      });
      setExitCode(report.rows.every(({ verified }) => verified) ? EXIT.ok : EXIT.failed);
    });
}

function tieringBenchOptions(flags: TieringBenchFlags): TieringBenchOptions {
  const quick = flags.quick === true ? QUICK : undefined;
  const machine = tiersOf(flags.profile ?? PROFILE);
  return {
    policies: POLICY_NAMES.filter((name) => flags.policy?.includes(name) ?? true),
    programs: PROGRAMS.filter((name) => (flags.programs ?? DEFAULT_PROGRAMS).includes(name)),
    bytes: flags.bytes ?? quick?.bytes ?? 2 ** 28,
    fastPercent: flags.fast ?? 25,
    seconds: flags.seconds ?? quick?.seconds ?? 20,
    epochMs: flags.epochMs ?? 200,
    cpuShare: (flags.cpuPercent ?? 50) / 100,
    maxPauseMs: flags.maxPauseMs ?? 5,
    loadThreads: flags.loadThreads ?? 1,
    seed: flags.seed ?? 1,
    profileTimes: flags.profileTimes === true,
    machine,
    costs: costsOf(machine.costs, undefined),
  };
}
