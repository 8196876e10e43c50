import type { Command } from 'commander';
import type { Host } from '../../bench/harness/host.js';
import { type Drawings, pageOf } from '../../report/page.js';
import { plotChart } from '../../report/plot.js';
import type { Sheet } from '../../report/sheet.js';
import { isAsciiLocale } from './ascii.js';
import { UsageError } from './errors.js';
import {
  addJsonOption,
  checkDistinct,
  checkReportFile,
  printReport,
  STANDARD_OUTPUT,
  writeReport,
} from './json-file.js';
import { originOf } from './origin.js';
import { VERSION } from './version.js';
import { textWidth } from './wrap.js';

export interface OutputFlags {
  readonly json?: string;
  readonly html?: string;
  readonly plot?: boolean;
}

/** The findings of a command. A form is made only if a flag requests it. */
export interface Output {
  /** For `--json`. The page shows its host or profile, too. */
  readonly figures: { readonly schema: string; readonly host?: Host; readonly profile?: unknown };
  /** For people at a terminal, at most 80 columns. */
  readonly text: () => string;
  /** For `--html` and `--plot`. */
  readonly sheet: () => Sheet;
  /** For `--html`: drawings that are not charts. */
  readonly drawings?: () => Drawings;
}

export function addOutputOptions(command: Command): Command {
  command.option('--plot', 'also draw the figures as bars');
  addJsonOption(command, 'the figures');
  return command.option(
    '--html <file>',
    'also write an HTML page with charts, tables and the host (replaces the file)',
  );
}

/** Checks the flags before measuring. @throws UsageError for a file that is not writable, and for contradictory options. */
export function checkOutputs({ json, html, plot }: OutputFlags): void {
  checkReportFile(json);
  checkReportFile(html, '--html');
  checkDistinct(['--html', html], ['--json', json]);
  if (html === STANDARD_OUTPUT) throw new UsageError("--html: '-' is not a file. Name a file for the page");
  if (plot === true && json === STANDARD_OUTPUT) {
    throw new UsageError(
      '--plot: cannot be combined with --json, which prints only the figures. Use --json=FILE',
    );
  }
}

/** Prints the text or JSON and the plots, and writes the files. */
export function deliver({ json, html, plot }: OutputFlags, output: Output): void {
  const { figures, text, sheet, drawings } = output;
  const ascii = isAsciiLocale();
  const plots = (): string[] =>
    plot === true
      ? sheet().charts.map((chart) => `\n${plotChart(chart, { ascii, width: textWidth() })}`)
      : [];
  // The version is for comparisons of two versions.
  const { schema, ...rest } = figures;
  printReport(() => [text(), ...plots()].join('\n'), { schema, pageferry: VERSION, ...rest }, json);
  if (html !== undefined) writeReport('--html', html, pageOf(sheet(), originOf(figures), drawings?.()));
}
