import type { Command } from 'commander';
import { PROGRAM_KINDS, PROGRAM_NAMES } from '../../../bench/auto/programs.js';
import { type AutoBenchOptions, autoRuns, runAuto } from '../../../bench/auto/run-auto.js';
import { EXIT, helpText, type SetExitCode } from '../../ui/exit-code.js';
import { listOf, oneOf, seconds, wholeNumber } from '../../ui/option-parsers.js';
import { addOutputOptions, type OutputFlags } from '../../ui/output-options.js';
import { runBench } from '../run-bench.js';
import { autoBenchSheet } from './sheet.js';

interface AutoBenchFlags extends OutputFlags {
  readonly programs?: readonly string[];
  readonly folder?: string;
  readonly rounds?: number;
  readonly warmUp?: number;
  readonly seconds?: number;
}

const EXPLANATION = `
Runs programs alternately without and with pageferry/auto, each in a process of
its own, and compares the time of their queries:

${Object.entries(PROGRAM_KINDS)
  .map(([name, { what }]) => `  ${name.padEnd(15)} ${what}`)
  .join('\n')}

The databases are npm packages. Install sql.js, @electric-sql/pglite and
@duckdb/duckdb-wasm in a folder, and name it with --folder. A program that is
not installed is left out. If the two ways give different answers, the exit code
is 1.`;

const EXAMPLES = [
  'pageferry bench auto --programs hash-probe,vector-search',
  'pageferry bench auto --folder ./databases --rounds 5 --json=auto.json',
];

export function addBenchAutoCommand(bench: Command, setExitCode: SetExitCode): void {
  const command = bench
    .command('auto')
    .description('measure programs without and with pageferry/auto')
    .option('--programs <names>', `${PROGRAM_NAMES.join(', ')} (default: all)`, listOf(oneOf(PROGRAM_NAMES)))
    .option('--folder <path>', 'where the databases are installed (default: this folder)')
    .option('--rounds <count>', 'pairs of runs, 1 to 100 (default: 3)', wholeNumber(1, 100))
    .option('--warm-up <number>', 'seconds before a run is measured (default: 20)', seconds(3600))
    .option('--seconds <number>', 'seconds of a run that are measured (default: 10)', seconds(3600));
  addOutputOptions(command)
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES))
    .action(async (flags: AutoBenchFlags) => {
      const options: AutoBenchOptions = {
        programs: PROGRAM_NAMES.filter((name) => flags.programs?.includes(name) ?? true),
        folder: flags.folder ?? process.cwd(),
        rounds: flags.rounds ?? 3,
        warmUp: flags.warmUp ?? 20,
        seconds: flags.seconds ?? 10,
      };
      const report = await runBench(flags, {
        name: 'bench auto',
        runs: autoRuns(options),
        measure: (onRun) => runAuto(options, onRun),
        sheet: autoBenchSheet,
      });
      setExitCode(report.rows.every(({ verified }) => verified) ? EXIT.ok : EXIT.failed);
    });
}
