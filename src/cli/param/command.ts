import { Argument, type Command } from 'commander';
import { isBelow, type ParameterInfo } from '../../parameters/parameter-tree.js';
import { addAttachOptions, socketOf } from '../attach/attach-options.js';
import { RefusedError, UsageError } from '../ui/errors.js';
import { helpText } from '../ui/exit-code.js';
import { addJsonOption, checkReportFile, printReport } from '../ui/json-file.js';
import { formatTable, left } from '../ui/table.js';
import { FerryClient } from './ferry-client.js';

interface Flags {
  readonly json?: string;
}

const EXPLANATION = `
A program makes its ferry listen with serveParameters(ferry, path). Only the
user of that program and root can connect. Parameters have the names of the
kernel, such as module/dcbm/parameters/nr_dma_chan.`;

const EXIT_CODES = `
Exit codes:
  0  success
  1  the ferry rejected the request, or could not be reached
  2  usage error`;

const CHANNELS = 'module/dcbm/parameters/nr_dma_chan';

export function addParamCommand(program: Command): void {
  const param = program
    .command('param')
    .description('read and set the parameters of a ferry in another process')
    .addHelpText('after', helpText(EXPLANATION, ['pageferry param ls --socket /tmp/ferry.sock'], EXIT_CODES));
  addList(param);
  addGet(param);
  addSet(param);
}

function addList(param: Command): void {
  const command = subcommand(
    param,
    'ls',
    'list all parameters, or those below a path',
    'ls module/dcbm',
  ).argument('[prefix]', 'path of a group, such as module/dcbm');
  addJsonOption(command, 'the parameters and their descriptions').action(
    async (prefix: string | undefined, flags: Flags, own: Command) => {
      checkReportFile(flags.json);
      const all = await clientOf(own).list();
      const shown = below(all, prefix ?? '');
      printReport(() => formatList(shown), shown, flags.json);
    },
  );
}

function addGet(param: Command): void {
  const command = subcommand(param, 'get', 'print a value', `get ${CHANNELS}`).argument('<path>');
  addJsonOption(command, 'path and value').action(async (given: string, flags: Flags, own: Command) => {
    checkReportFile(flags.json);
    const value = await clientOf(own).get(given);
    const path = withoutSlash(given);
    printReport(() => value, { path, value }, flags.json);
  });
}

function addSet(param: Command): void {
  subcommand(param, 'set', 'set a value, and wait until it takes effect', `set ${CHANNELS} 4`)
    .argument('<path>')
    .addArgument(new Argument('<value>', 'the value, as written to sysfs'))
    .action(async (path: string, value: string, _: Flags, own: Command) => clientOf(own).set(path, value));
}

function subcommand(param: Command, name: string, description: string, example: string): Command {
  return addAttachOptions(param.command(name).description(description)).addHelpText(
    'after',
    helpText(EXPLANATION, [`pageferry param ${example}`], EXIT_CODES),
  );
}

function clientOf(command: Command): FerryClient {
  const socket = socketOf(command);
  if (socket !== undefined) return new FerryClient(socket);
  throw new UsageError(
    '--socket: is required. Name the socket of the ferry, or set PAGEFERRY_SOCKET, or use --pid',
  );
}

function below(all: readonly ParameterInfo[], prefix: string): readonly ParameterInfo[] {
  const top = withoutSlash(prefix);
  const shown = all.filter(({ path }) => isBelow(path, top));
  if (shown.length > 0) return shown;
  throw new RefusedError(
    'ENOENT',
    `path: unknown parameter or group '${top}'`,
    "'pageferry param ls' lists them.",
  );
}

function formatList(shown: readonly ParameterInfo[]): string {
  return formatTable(
    left('path', 'may', 'value'),
    shown.map(({ path, writable, value }) => [path, writable ? 'rw' : 'r', value]),
  );
}

function withoutSlash(path: string): string {
  return path.replace(/^\//, '');
}
