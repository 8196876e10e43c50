import { Argument, type Command, Option } from 'commander';
import { isBelow, type ParameterInfo } from '../../parameters/parameter-tree.js';
import { jsonText } from '../ui/ascii.js';
import { RefusedError } from '../ui/refused-error.js';
import { formatTable } from '../ui/table.js';
import { UsageError } from '../ui/usage-error.js';
import { FerryClient } from './ferry-client.js';

interface Flags {
  readonly socket?: string;
  readonly json?: true;
}

const HELP = `
A program makes its ferry listen with serveParameters(ferry, path); only its own
user and root may ask. Parameters are named as the kernel names them, such as
module/dcbm/parameters/nr_dma_chan.

Exit codes:
  0  ok
  1  refused, by the ferry or because none could be asked
  2  wrong usage`;

export function addParamCommand(program: Command): void {
  const param = program
    .command('param')
    .description('read and change the parameters of a ferry in another process')
    .addHelpText('after', HELP);
  addList(param);
  addGet(param);
  addSet(param);
}

function addList(param: Command): void {
  subcommand(param, 'ls', 'all parameters, or those below a path')
    .argument('[prefix]', 'such as module/dcbm')
    .option('--json', 'print them as JSON, with what they mean')
    .action(async (prefix: string | undefined, flags: Flags) => {
      const all = await clientOf(flags).list();
      const shown = below(all, prefix ?? '');
      console.log(flags.json === true ? jsonText(shown) : formatList(shown));
    });
}

function addGet(param: Command): void {
  subcommand(param, 'get', 'print a value')
    .argument('<path>')
    .option('--json', 'print path and value as JSON')
    .action(async (given: string, flags: Flags) => {
      const value = await clientOf(flags).get(given);
      const path = withoutSlash(given);
      console.log(flags.json === true ? jsonText({ path, value }) : value);
    });
}

function addSet(param: Command): void {
  subcommand(param, 'set', 'change a value, and wait until it has taken effect')
    .argument('<path>')
    .addArgument(new Argument('<value>', 'as it would be written in sysfs'))
    .action(async (path: string, value: string, flags: Flags) => clientOf(flags).set(path, value));
}

function subcommand(param: Command, name: string, description: string): Command {
  return param
    .command(name)
    .description(description)
    .addOption(new Option('--socket <path>', 'where the ferry listens').env('PAGEFERRY_SOCKET'))
    .addHelpText('after', HELP);
}

function clientOf({ socket = '' }: Flags): FerryClient {
  if (socket !== '') return new FerryClient(socket);
  throw new UsageError('--socket: say where the ferry listens, or set PAGEFERRY_SOCKET');
}

function below(all: readonly ParameterInfo[], prefix: string): readonly ParameterInfo[] {
  const top = withoutSlash(prefix);
  const shown = all.filter(({ path }) => isBelow(path, top));
  if (shown.length > 0) return shown;
  throw new RefusedError('ENOENT', `no parameter is or lies below '${top}'`, "'param ls' shows all.");
}

function formatList(shown: readonly ParameterInfo[]): string {
  return formatTable(
    [{ title: 'path' }, { title: 'may' }, { title: 'value' }],
    shown.map(({ path, writable, value }) => [path, writable ? 'rw' : 'r', value]),
  );
}

function withoutSlash(path: string): string {
  return path.replace(/^\//, '');
}
