import type { Command } from 'commander';
import { commandTrace } from './command-trace.js';

/** Before a command begins: `--trace FILE`, if it was given. @throws UsageError when the file cannot be written to. */
export function beginTrace(program: Command, command: Command): void {
  const { trace } = program.opts<{ trace?: string }>();
  if (trace !== undefined) commandTrace.begin(trace, nameOf(command));
}

/** Such as `pageferry sim move`. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent === null ? command.name() : `${nameOf(parent)} ${command.name()}`;
}
