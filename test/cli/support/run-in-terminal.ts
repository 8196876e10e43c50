import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const TIMEOUT_MS = 240_000;
const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

/**
 * Runs a command in a pseudo terminal of so many columns (pty(7)), and copies what it prints to standard output. Python has
 * this, Node has not. Its arguments: columns, rows, a text after which it is interrupted (empty: never), the signals that it
 * gets then (KEY: Ctrl-C is pressed), a text that the terminal must show before it is closed, then the command.
 *
 * A terminal is closed when the leader of its session ends. So the leader, like the shell of a user, outlives the command.
 */
const PROGRAM = `
import fcntl, os, pty, signal, struct, sys, termios
columns, rows, until, signals, last = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode(), sys.argv[4], sys.argv[5].encode()
command = sys.argv[6:]
seen = b''
tell, told = os.pipe(), os.pipe()
leader, terminal = pty.fork()
if leader == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    # The terminal does not show the Ctrl-C that is pressed.
    mode = termios.tcgetattr(0)
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, mode)
    pid = os.fork()
    if pid == 0:
        for fd in tell + told:
            os.close(fd)
        os.execvp(command[0], command)
    os.close(told[1])
    for each in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    os.write(tell[1], struct.pack('i', pid))
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if last:
        os.read(told[0], 1)
    os._exit(status if status >= 0 else 128 - status)
pid = struct.unpack('i', os.read(tell[0], 4))[0]
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    os.write(1, piece)
    seen += piece
    if until and until in seen:
        until = b''
        for name in signals.split(','):
            if name == 'KEY':
                os.write(terminal, b'\\x03')
            else:
                os.kill(pid, getattr(signal, name))
    if last and last in seen:
        last = b''
        os.write(told[1], b'x')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(leader, 0)[1]))
`;

export interface TerminalResult {
  readonly status: number | null;
  /** Lines as they were printed, escape sequences included. */
  readonly output: string;
  readonly error: string;
}

/** Why there is no pseudo terminal here, or false: for a test's `skip`. */
export function noTerminal(): string | false {
  const { status } = spawnSync('python3', ['-c', 'import pty, os; os.waitstatus_to_exitcode(0)'], {
    timeout: 30_000,
  });
  return status === 0 ? false : 'python3 (3.9 or later) with its module pty is not installed';
}

export interface TerminalOptions {
  readonly rows?: number;
  /** Text after which it is interrupted. */
  readonly interruptAfter?: string;
  /** By which signals. @defaultValue Ctrl-C is pressed */
  readonly signals?: readonly NodeJS.Signals[];
  /** Text that the terminal must show before it is closed, when the command has ended. */
  readonly waitFor?: string;
}

/** Runs `pageferry` with these arguments in a terminal. A signal that ends it is the status 128 and its number. */
export function runInTerminal(
  args: readonly string[],
  columns: number,
  env: Readonly<Record<string, string>> = {},
  options: TerminalOptions = {},
): TerminalResult {
  const { status, stdout, stderr } = spawnSync('python3', argumentsOf(args, columns, options), {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    env: environment(env),
  });
  return { status, output: lines(stdout), error: stderr };
}

/** The same, while this thread does other things, such as serving a ferry. */
export async function whileInTerminal(
  args: readonly string[],
  columns: number,
  env: Readonly<Record<string, string>> = {},
): Promise<TerminalResult> {
  const child = spawn('python3', argumentsOf(args, columns, {}), {
    timeout: TIMEOUT_MS,
    env: environment(env),
  });
  const closed = once(child, 'close');
  const [output, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { status: child.exitCode, output: lines(output), error };
}

function argumentsOf(args: readonly string[], columns: number, options: TerminalOptions): string[] {
  const { rows = 24, interruptAfter = '', signals = [], waitFor = '' } = options;
  const how = [String(columns), String(rows), interruptAfter, signals.join(',') || 'KEY', waitFor];
  return ['-c', PROGRAM, ...how, process.execPath, MAIN, ...args];
}

function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, NODE_DEBUG: '', TERM: 'xterm', ...env };
}

function lines(output: string): string {
  return output.replaceAll('\r\n', '\n');
}
