import { type Command, Option } from 'commander';
import { UsageError } from './errors.js';

/** Options that had another name before 1.0. They are not in the help, and an error names the new one. */
export function refuseRenamed(command: Command, renamed: Readonly<Record<string, string>>): Command {
  for (const [before, now] of Object.entries(renamed)) {
    const refuse = (): never => {
      throw new UsageError(`${before}: this option was renamed. Use ${now}`);
    };
    command.addOption(new Option(`${before} [value]`).hideHelp().argParser(refuse).preset(''));
  }
  return command;
}
