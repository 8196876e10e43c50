import { type Command, Option } from 'commander';
import { UsageError } from '../ui/errors.js';
import { wholeNumber } from '../ui/option-parsers.js';
import { socketOfProcess } from './socket-of-process.js';

export interface AttachFlags {
  readonly socket?: string;
  readonly pid?: number;
}

/** The largest number of a process (PID_MAX_LIMIT of linux/threads.h). */
const MAX_PID = 2 ** 22;

/** `--socket` and `--pid`, which choose a ferry of another process. */
export function addAttachOptions(command: Command): Command {
  return command
    .addOption(new Option('--socket <path>', 'socket of the ferry').env('PAGEFERRY_SOCKET'))
    .option('--pid <number>', 'process of the ferry, instead of its socket', wholeNumber(1, MAX_PID));
}

/**
 * The socket that the flags choose. Undefined if they choose none.
 * @throws UsageError, or RefusedError for a process that does not serve a ferry
 */
export function socketOf(command: Command): string | undefined {
  const { socket, pid } = command.opts<AttachFlags>();
  // The variable is a default.
  const named = command.getOptionValueSource('socket') === 'cli';
  if (pid === undefined) {
    if (socket === '' && named) throw new UsageError('--socket: must be the path of a socket');
    return socket === '' ? undefined : socket;
  }
  if (named) throw new UsageError('--pid: cannot be combined with --socket. Use one of them');
  return socketOfProcess(pid);
}
