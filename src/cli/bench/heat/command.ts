import type { Command } from 'commander';
import { MAX_ALIGNED_BYTES } from '../../../bench/harness/aligned-memory.js';
import {
  type HeatBenchOptions,
  PROGRAMS,
  type ProgramName,
  SOURCES,
  type SourceName,
} from '../../../bench/heat/options.js';
import { heatRuns, MIN_BYTES, runHeat } from '../../../bench/heat/run-heat.js';
import { PMD_SIZE } from '../../../common/page.js';
import { seed } from '../../ui/common-options.js';
import { EXIT, helpText, type SetExitCode } from '../../ui/exit-code.js';
import { listOf, oneOf, seconds, size, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, type OutputFlags } from '../../ui/output-options.js';
import { runBench } from '../run-bench.js';
import { heatBenchSheet } from './sheet.js';

interface HeatBenchFlags extends OutputFlags {
  readonly programs?: readonly ProgramName[];
  readonly source?: readonly SourceName[];
  readonly bytes?: number;
  readonly seconds?: number;
  readonly interval?: number;
  readonly loadThreads?: number;
  readonly quick?: boolean;
  readonly seed?: number;
}

const EXPLANATION = `
Programs access memory in known places, in threads of their own, and count each
access by its 2 MiB unit and its time. Each access source watches each program.
The hottest tenth of the units in its snapshots is compared with the counts.

  uniform         every word alike
  zipf            pages by Zipf's law (0.99), the hottest at the lowest address
  zipf-scattered  the same, with each 2 MiB of that order at a random place
  hot-set         9 in 10 accesses are to a tenth of the memory, which moves
                  every 5 s
  scan            every cache line, from the first to the last, again and again
  vector-search   dot products with the vectors of the lists nearest to a query
  hash-join       probes of a hash table in a WebAssembly memory

A run has two parts of --seconds. In the first the source runs all the time:
what it sees, the lag until it has seen a hot set move, and its CPU time. In the
second, slices of a second with the source and without it take turns: slowdown
of the program, and p99.99 of the time of a small block of its accesses.
Every value that a program reads is checked, and all memory at the end. A wrong
value or a lost update gives exit code 1.`;

const EXAMPLES = [
  'pageferry bench heat',
  'pageferry bench heat --quick',
  'pageferry bench heat --programs zipf,hot-set --source hint --json=heat.json',
];

/** The values that `--quick` sets, unless their own flags do. The hot set moves twice or more. */
const QUICK = { bytes: 2 ** 28, seconds: 11 } as const;

export function addBenchHeatCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('heat')
    .description('measure what access sources see of programs with known accesses, and what they cost')
    .option('--programs <names>', `${PROGRAMS.join(', ')} (default: all)`, listOf(oneOf(PROGRAMS)))
    .option(
      '--source <names>',
      `${SOURCES.join(', ')} (default: all that this host has)`,
      listOf(oneOf(SOURCES)),
    )
    .option(
      '--bytes <size>',
      'memory that is watched (default: 1G)',
      size(MIN_BYTES, MAX_ALIGNED_BYTES, PMD_SIZE),
    )
    .option('--seconds <number>', 'length of each part of a run (default: 26)', seconds(3600))
    .option(
      '--interval <ms>',
      'milliseconds between two snapshots, 100 to 60000 (default: 1000)',
      wholeNumber(100, 60_000),
    )
    .option('--load-threads <count>', 'program threads, 1 to 64 (default: 1)', wholeNumber(1, 64))
    .option('--quick', 'use 256M and 11 seconds')
    .addOption(seed(' of the accesses', 2 ** 20));
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async (flags: HeatBenchFlags) => {
      const options = heatBenchOptions(flags);
      const report = await runBench(flags, {
        name: 'bench heat',
        runs: heatRuns(options),
        measure: (onRun) => runHeat(options, onRun),
        sheet: heatBenchSheet,
      });
      setExitCode(report.rows.every(({ verified }) => verified) ? EXIT.ok : EXIT.failed);
    });
}

function heatBenchOptions(flags: HeatBenchFlags): HeatBenchOptions {
  const quick = flags.quick === true ? QUICK : undefined;
  return {
    programs: PROGRAMS.filter((name) => flags.programs?.includes(name) ?? true),
    sources: SOURCES.filter((name) => flags.source?.includes(name) ?? true),
    bytes: flags.bytes ?? quick?.bytes ?? 2 ** 30,
    seconds: flags.seconds ?? quick?.seconds ?? 26,
    intervalMs: flags.interval ?? 1000,
    loadThreads: flags.loadThreads ?? 1,
    seed: flags.seed ?? 1,
  };
}
