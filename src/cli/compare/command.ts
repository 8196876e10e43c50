import type { Command } from 'commander';
import { type Comparison, compareReports } from '../../compare/compare-reports.js';
import { UsageError } from '../ui/errors.js';
import { EXIT, helpText, type SetExitCode } from '../ui/exit-code.js';
import { addJsonOption, checkReportFile, printReport } from '../ui/json-file.js';
import { loadReport } from '../ui/load-report.js';
import { oneOf } from '../ui/option-parsers.js';
import { formatComparison } from './report.js';

const EXPLANATION = `
The reports are files that --json=FILE wrote: bench move, stall, access,
compaction, or sim move, batch, compaction, breakeven. Rows are matched by what
identifies them (folio size, migrator, channels, ...).

  B / A    the ratio of the figures
  spreads  the distance of the figures; 1 if their runs just touch
  better, worse, differs (for figures of which neither is better)
           the distance exceeds the spread: every run of one report is above
           every run of the other
  unclear  a row has only one run, and so no spread

With few runs this also happens by chance. The output says how often: measure
with --runs 5 or more. Simulated figures do not vary, so every difference
counts. Conditions that differ (host, versions, options) are listed at the end.`;

const EXIT_CODES = `
Exit codes, as of diff(1):
  0  no row differs by more than its spread; with --fail-on worse: no row is
     worse
  1  a row differs, or is in one report only; with --fail-on worse: a row is
     worse in B, or missing from it
  2  usage error: a file is missing, broken or of another schema`;

const EXAMPLES = [
  'pageferry compare before.json after.json',
  'pageferry compare before.json after.json --fail-on worse --json=diff.json',
];

const FAILURES = ['differ', 'worse'] as const;
type Failing = (typeof FAILURES)[number];

interface Flags {
  readonly json?: string;
  readonly failOn?: Failing;
}

export function addCompareCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('compare')
    .description('compare two reports, and list the rows that differ by more than their spread')
    .argument('<A.json>', 'a report that --json=FILE wrote')
    .argument('<B.json>', 'a report of another run, version or host')
    .option('--fail-on <what>', 'exit with 1 for: differ, worse (default: differ)', oneOf(FAILURES));
  addJsonOption(command, 'the comparison')
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, EXIT_CODES))
    .action((fileA: string, fileB: string, { json, failOn = 'differ' }: Flags) => {
      checkReportFile(json);
      const [a, b] = [loadReport(fileA), loadReport(fileB)];
      if (a.how !== b.how) {
        throw new UsageError(
          `${fileB}: has schema ${b.how.schema}, but ${fileA} has ${a.how.schema}. Compare two reports of one schema`,
        );
      }
      const comparison = compareReports(a.how, a.report, b.report);
      const files = { a: fileA, b: fileB };
      printReport(
        () => formatComparison(comparison, files),
        { schema: 'pageferry.compare/1', files, ...comparison },
        json,
      );
      setExitCode(passes(comparison, failOn) ? EXIT.ok : EXIT.failed);
    });
}

function passes({ differ, worse, onlyA, onlyB }: Comparison, failOn: Failing): boolean {
  if (failOn === 'worse') return worse === 0 && onlyA.length === 0;
  return differ === 0 && onlyA.length === 0 && onlyB.length === 0;
}
