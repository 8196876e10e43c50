import {
  type AddHelpTextContext,
  type AddHelpTextPosition,
  Command,
  type ErrorOptions,
  type ParseOptionsResult,
} from 'commander';
import { reflow } from './reflow.js';

/** Columns for which the texts of help are written. */
const HELP_WIDTH = 80;

/** `--json` without a file, in a form that keeps commander from taking the next argument as its value. */
const PRINTED = '--json=-';

/** A command whose `--json` takes a file only as `--json=FILE`. */
export class PageferryCommand extends Command {
  #argumentAfterJson = false;

  override createCommand(name?: string): PageferryCommand {
    return new PageferryCommand(name);
  }

  /** The text is written for 80 columns. In a narrower terminal it is as wide as the terminal. */
  override addHelpText(
    position: AddHelpTextPosition,
    text: string | ((context: AddHelpTextContext) => string | undefined),
  ): this {
    return super.addHelpText(position, (context: AddHelpTextContext) => {
      const whole = (typeof text === 'string' ? text : text(context)) ?? '';
      const width = context.command.configureOutput().getOutHelpWidth?.() ?? HELP_WIDTH;
      return width < HELP_WIDTH ? reflow(whole, width) : whole;
    });
  }

  override parseOptions(argv: string[]): ParseOptionsResult {
    const end = argv.indexOf('--');
    const args = argv.map((arg, i) => (arg === '--json' && (end === -1 || i < end) ? PRINTED : arg));
    this.#argumentAfterJson = args.some((arg, i) => arg === PRINTED && isArgument(args[i + 1]));
    return super.parseOptions(args);
  }

  /** In `--json FILE`, the form before 1.0, the file is now an excess argument. */
  override error(message: string, options?: ErrorOptions): never {
    const json = options?.code === 'commander.excessArguments' && this.#argumentAfterJson;
    super.error(json ? `${message} To write the report to a file, use --json=FILE.` : message, options);
  }
}

function isArgument(text: string | undefined): boolean {
  return text !== undefined && (text === '-' || !text.startsWith('-'));
}
