import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Host } from '../../bench/harness/host.js';
import { pageOf } from '../../report/page.js';
import { plotChart } from '../../report/plot.js';
import type { Sheet } from '../../report/sheet.js';
import { UsageError } from './errors.js';
import { addJsonOption, checkWritable, printReport, STANDARD_OUTPUT } from './json-file.js';
import { originOf } from './origin.js';
import { VERSION } from './version.js';

/** Output besides the text: options that every bench has. */
export interface OutputFlags {
  readonly json?: string;
  readonly html?: string;
  readonly plot?: boolean;
}

/** What a command found, in each form; only those that are asked for are made. */
export interface Output {
  /** For `--json`. Its host or profile is told by the page too. */
  readonly figures: { readonly schema: string; readonly host?: Host; readonly profile?: unknown };
  /** For people at a terminal, at most 80 columns. */
  readonly text: () => string;
  /** For `--html` and `--plot`. */
  readonly sheet: () => Sheet;
}

export function addOutputOptions(command: Command): Command {
  command.option('--plot', 'also draw the figures as bars');
  addJsonOption(command, 'the figures');
  return command.option('--html <file>', 'also write an HTML page with charts, tables and the host');
}

/** @throws UsageError for a file that cannot be written, and for options that contradict each other. Before measuring. */
export function checkOutputs({ json, html, plot }: OutputFlags): void {
  checkWritable(json);
  checkWritable(html, '--html');
  if (html === STANDARD_OUTPUT) throw new UsageError("--html: '-' is not a file. Name a file for the page");
  if (plot === true && json === STANDARD_OUTPUT) {
    throw new UsageError(
      '--plot: cannot be combined with --json, which prints only the figures. Use --json=FILE',
    );
  }
}

/** Prints the text and what else was asked for, and writes the files. */
export function deliver({ json, html, plot }: OutputFlags, { figures, text, sheet }: Output): void {
  const plots = (): string[] => (plot === true ? sheet().charts.map((chart) => `\n${plotChart(chart)}`) : []);
  // The version too: figures of two of them are compared.
  const { schema, ...rest } = figures;
  printReport(() => [text(), ...plots()].join('\n'), { schema, pageferry: VERSION, ...rest }, json);
  if (html !== undefined) writeFileSync(html, pageOf(sheet(), originOf(figures)));
}
