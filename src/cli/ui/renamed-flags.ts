import { type Command, Option } from 'commander';
import { UsageError } from './errors.js';

/** Rejects names from before 1.0 with an error that has the new name. The help does not list them. */
export function refuseRenamed(command: Command, renamed: Readonly<Record<string, string>>): Command {
  for (const [before, now] of Object.entries(renamed)) {
    const refuse = (): never => {
      throw new UsageError(`${before}: this option was renamed. Use ${now}`);
    };
    command.addOption(new Option(`${before} [value]`).hideHelp().argParser(refuse).preset(''));
  }
  return command;
}
