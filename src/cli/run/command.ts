import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { SETTINGS, type Setting, type SettingName } from '../../auto/settings.js';
import { replaceProcess } from '../../linux/sys/exec.js';
import { readText } from '../../linux/sys/read-text.js';
import { commandTrace } from '../trace/command-trace.js';
import { UsageError } from '../ui/errors.js';
import { helpText, RUN_EXIT_HELP, type SetExitCode } from '../ui/exit-code.js';
import type { PageferryCommand } from '../ui/pageferry-command.js';
import { spawnProgram } from './spawn-program.js';

/** CommonJS, so that it can be required. With --import, Node itself loads a CommonJS program in another way. */
const PRELOAD = fileURLToPath(new URL('../../auto.cjs', import.meta.url));

const EXPLANATION = `
Runs 'node app.mjs args' with pageferry/auto preloaded. Adopts memories of
WebAssembly and SharedArrayBuffers that are large enough, brings hot parts onto
huge pages, and moves them between nodes. The program needs no change, and runs
as without it. If this host cannot migrate, one line on standard error says why.

Options of Node come from NODE_OPTIONS. Each option is also an environment
variable, such as PAGEFERRY_AUTO_MIN_SIZE, for 'node --require pageferry/auto'.`;

const EXAMPLES = [
  'pageferry run server.mjs --port 8080',
  'pageferry run --report app.mjs',
  'pageferry run --min-size 16M --report=report.json app.mjs',
];

export function addRunCommand(program: Command, setExitCode: SetExitCode): void {
  const run = program
    .command('run')
    .description('run a program whose memory places itself')
    .argument('<program>', 'the program, a file for node')
    .argument('[args...]', 'its arguments');
  (run as PageferryCommand).runsProgram = true;
  for (const { flag, help, parse } of Object.values(SETTINGS)) {
    run.option(flag, help, (text: string) => {
      try {
        parse(text);
        return text;
      } catch (error) {
        throw new InvalidArgumentError((error as Error).message);
      }
    });
  }
  run
    .addHelpText('after', helpText(EXPLANATION, EXAMPLES, RUN_EXIT_HELP))
    .action(async (file: string, args: readonly string[]) => {
      if (commandTrace.on) throw new UsageError('--trace: run does not write a trace. Use --report');
      setEnvironment(run);
      const argv = [process.argv0, ...process.execArgv, '--require', PRELOAD, file, ...args];
      if (inherited('NODE_UNIQUE_ID') !== undefined) {
        throw new UsageError(
          "run cannot be a worker of a cluster. Use execArgv: ['--require', 'pageferry/auto']",
        );
      }
      // Node has read from an IPC channel already, so the channel cannot be passed on as it is.
      if (process.platform === 'linux' && process.send === undefined) {
        try {
          replaceProcess(process.execPath, argv);
        } catch {
          // Without koffi.
        }
      }
      const serialization = inherited('NODE_CHANNEL_SERIALIZATION_MODE') === 'advanced' ? 'advanced' : 'json';
      const code = await spawnProgram(process.execPath, argv, serialization);
      setExitCode(code as Parameters<SetExitCode>[0]);
    });
}

/** A variable of the environment that this process began with. Node deletes its own ones. */
function inherited(name: string): string | undefined {
  const variables = readText('/proc/self/environ')?.split('\0') ?? [];
  return variables.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The preloaded module, and those of threads, read their settings from the environment. */
function setEnvironment(run: Command): void {
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const { flag, variable, isPath = false }: Setting = SETTINGS[name];
    const option = run.options.find(({ flags }) => flags === flag)!;
    const value = run.opts<Record<string, string | undefined>>()[option.attributeName()];
    if (value === undefined) continue;
    // The program may change its folder before it is used.
    process.env[variable] = isPath && value !== '-' ? resolve(value) : value;
  }
}
