import type { Command } from 'commander';
import { type Comparison, compareReports } from '../compare/compare-reports.js';
import { formatComparison } from './compare-report.js';
import { EXIT, type SetExitCode } from './exit-code.js';
import { loadReport } from './load-report.js';
import { UsageError } from './usage-error.js';

const HELP = `
Compares two files that --json wrote: bench move, stall, access, compaction, sim
move, batch, compaction. Rows are matched by what identifies them (folio size,
migrator, channels, …); B / A is the ratio of their figures.

Measured figures differ when their runs do not overlap: every run of one is
above every run of the other. Of few runs that happens by chance, and it is said
how often: measure with --runs 5 or more. A row with one run has no spread, and
is 'unclear'. Simulated figures are the same each time: any difference counts.

Exit codes, as of diff(1):
  0  no row differs by more than its spread
  1  a row differs, or is in one file only
  2  wrong usage: a file that is missing or broken, or of another schema`;

export function addCompareCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('compare')
    .description('say which rows of two reports differ by more than their spread')
    .argument('<A.json>', 'what --json wrote')
    .argument('<B.json>', 'the same of another run, version or host')
    .option('--json', 'print the comparison as JSON')
    .addHelpText('after', HELP)
    .action((fileA: string, fileB: string, { json }: { json?: true }) => {
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
          ? JSON.stringify({ schema: 'pageferry.compare/1', files, ...comparison }, null, 2)
          : formatComparison(comparison, files),
      );
      setExitCode(isSame(comparison) ? EXIT.ok : EXIT.failed);
    });
}

function isSame({ differ, onlyA, onlyB }: Comparison): boolean {
  return differ === 0 && onlyA.length === 0 && onlyB.length === 0;
}
