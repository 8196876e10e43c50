import type { Command } from 'commander';
import { type Comparison, compareReports } from '../../compare/compare-reports.js';
import { jsonText } from '../ui/ascii.js';
import { EXIT, type SetExitCode } from '../ui/exit-code.js';
import { loadReport } from '../ui/load-report.js';
import { oneOf } from '../ui/option-parsers.js';
import { UsageError } from '../ui/usage-error.js';
import { formatComparison } from './report.js';

const HELP = `
Compares two files that --json wrote: bench move, stall, access, compaction, sim
move, batch, compaction, breakeven. Rows are matched by what identifies them
(folio size, migrator, channels, …).

  B / A    the ratio of their figures
  spreads  how far apart they are: 1 is where the runs of the one and those of
           the other just touch
  better, worse, differs (where neither is better)
           by more than their spread: every run of one is above every run of
           the other

Of few runs that happens by chance, and it is said how often: measure with
--runs 5 or more. A row with one run has no spread, and is 'unclear'. Simulated
figures are the same each time: any difference counts. What was not the same
when they were made (host, versions, options) is told at the end.

Exit codes, as of diff(1):
  0  no row differs by more than its spread; with --fail-on worse: none is worse
  1  a row differs, or is in one file only; with --fail-on worse: a row is worse
     in B, or not there any more
  2  wrong usage: a file that is missing or broken, or of another schema`;

/** What exit code 1 is for. */
const FAILURES = ['differ', 'worse'] as const;

interface Flags {
  readonly json?: true;
  readonly failOn: (typeof FAILURES)[number];
}

export function addCompareCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('compare')
    .description('say which rows of two reports differ by more than their spread')
    .argument('<A.json>', 'what --json wrote')
    .argument('<B.json>', 'the same of another run, version or host')
    .option('--json', 'print the comparison as JSON')
    .option('--fail-on <what>', 'exit with 1 for: differ, worse', oneOf(FAILURES), 'differ')
    .addHelpText('after', HELP)
    .action((fileA: string, fileB: string, { json, failOn }: Flags) => {
      const [a, b] = [loadReport(fileA), loadReport(fileB)];
      if (a.how !== b.how) {
        throw new UsageError(
          `${fileA} is of ${a.how.schema}, ${fileB} of ${b.how.schema}: only two of one schema can be compared`,
        );
      }
      const comparison = compareReports(a.how, a.report, b.report);
      const files = { a: fileA, b: fileB };
      console.log(
        json === true
          ? jsonText({ schema: 'pageferry.compare/1', files, ...comparison })
          : formatComparison(comparison, files),
      );
      setExitCode(passes(comparison, failOn) ? EXIT.ok : EXIT.failed);
    });
}

function passes({ differ, worse, onlyA, onlyB }: Comparison, failOn: Flags['failOn']): boolean {
  if (failOn === 'worse') return worse === 0 && onlyA.length === 0;
  return differ === 0 && onlyA.length === 0 && onlyB.length === 0;
}
