import { Command, CommanderError, Option } from 'commander';
import { wholeNumber } from '../../src/cli/ui/option-parsers.js';
import { parseMinutes } from './parse-minutes.js';

export interface RunFlags {
  readonly minutes: number;
  readonly seed: number;
}

/** A command with what every random run has: for how long, and from which seed. */
export function runCommand(name: string, description: string, seedIsFor: string): Command {
  return new Command(name)
    .description(description)
    .option('--minutes <count>', 'duration; may be a fraction', parseMinutes, 1)
    .addOption(
      new Option('--seed <number>', seedIsFor)
        .argParser(wholeNumber(0, 2 ** 32 - 1))
        .default(Date.now() % 2 ** 32, 'from the clock'),
    )
    .exitOverride();
}

/** The flags; undefined where there is nothing to run: help was asked for, or the usage is wrong (exit code 2). */
export function parseFlags<Flags extends object>(command: Command): Flags | undefined {
  try {
    return command.parse().opts<Flags>();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return undefined;
  }
}
