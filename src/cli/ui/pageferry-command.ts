import {
  type AddHelpTextContext,
  type AddHelpTextPosition,
  Command,
  type ErrorOptions,
  type ParseOptionsResult,
} from 'commander';
import { UsageError } from './errors.js';
import { reflow } from './reflow.js';
import { otherFlag } from './renamed-flags.js';

/** Columns for which the texts of help are written. */
const HELP_WIDTH = 80;

/** Options without a file, in a form that keeps commander from taking the next argument as their value. */
const PRINTED: Readonly<Record<string, string>> = { '--json': '--json=-', '--report': '--report=-' };

/** A command whose `--json` and `--report` take a file only as `--json=FILE`. */
export class PageferryCommand extends Command {
  #argumentAfterJson = false;
  /** Whether its first argument is a program, to which all further arguments belong. */
  runsProgram = false;

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
    const given = this.parent === null ? endOptions(this, argv) : argv;
    const end = given.indexOf('--');
    const args = given.map((arg, i) => (end === -1 || i < end ? (PRINTED[arg] ?? arg) : arg));
    this.#argumentAfterJson = args.some((arg, i) => arg === PRINTED['--json'] && isArgument(args[i + 1]));
    const parsed = super.parseOptions(args);
    return this.parent === null ? this.#withHelp(parsed) : parsed;
  }

  /**
   * Commander prints the help of the program, and no error, for `help` and `--help` of an unknown command. Without the
   * word and the option, it reports the command.
   */
  #withHelp(parsed: ParseOptionsResult): ParseOptionsResult {
    let command: Command = this;
    let help = false;
    const names: string[] = [];
    for (const name of parsed.operands) {
      if (command.commands.length === 0) break;
      if (name === 'help') {
        help = true;
        continue;
      }
      names.push(name);
      const next = command.commands.find((each) => each.name() === name);
      if (next === undefined) return { operands: names, unknown: [] };
      command = next;
    }
    return help && names.length > 0 ? { operands: names, unknown: ['--help'] } : parsed;
  }

  /** Adds the flag to use now to the errors of two forms from before 1.0. In `--json FILE`, the file is an excess argument. */
  override error(message: string, options?: ErrorOptions): never {
    const json = options?.code === 'commander.excessArguments' && this.#argumentAfterJson;
    if (json) super.error(`${message} To write the report to a file, use --json=FILE.`, options);
    const [, flag] = /^error: unknown option '([^'=]+)/.exec(message) ?? [];
    const known = this.options.map(({ long }) => long ?? '');
    const now = flag === undefined ? undefined : otherFlag(flag, known);
    if (now !== undefined) throw new UsageError(`${flag}: this option has another name here. Use ${now}`);
    super.error(message, options);
  }
}

/** Ends the options with `--` before the program that a command runs. */
function endOptions(root: Command, argv: readonly string[]): string[] {
  let command = root;
  for (let i = 0; i < argv.length && argv[i] !== '--'; i++) {
    const arg = argv[i]!;
    if (isArgument(arg)) {
      if ((command as PageferryCommand).runsProgram) return [...argv.slice(0, i), '--', ...argv.slice(i)];
      const next = command.commands.find((each) => each.name() === arg);
      if (next === undefined) break;
      command = next;
    } else if (
      command.options.some((option) => (option.short === arg || option.long === arg) && option.required)
    ) {
      i++;
    }
  }
  return [...argv];
}

function isArgument(text: string | undefined): boolean {
  return text !== undefined && (text === '-' || !text.startsWith('-'));
}
