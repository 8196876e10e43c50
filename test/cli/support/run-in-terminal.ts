import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

/**
 * Runs a command in a pseudo terminal of so many columns (pty(7)), and copies what it prints to standard output. Python has
 * this, Node has not. Its arguments: columns, rows, a text after which Ctrl-C is pressed (empty: never), then the command.
 */
const PROGRAM = `
import fcntl, os, pty, struct, sys, termios
columns, rows, until, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode(), sys.argv[4:]
seen = b''
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    # The terminal does not show the Ctrl-C that is pressed.
    mode = termios.tcgetattr(0)
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, mode)
    os.execvp(command[0], command)
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
        os.write(terminal, b'\\x03')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
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

/** Runs `pageferry` with these arguments in a terminal. */
export function runInTerminal(
  args: readonly string[],
  columns: number,
  env: Readonly<Record<string, string>> = {},
  { rows = 24, interruptAfter = '' }: { readonly rows?: number; readonly interruptAfter?: string } = {},
): TerminalResult {
  const command = [String(columns), String(rows), interruptAfter, process.execPath, MAIN, ...args];
  const { status, stdout, stderr } = spawnSync('python3', ['-c', PROGRAM, ...command], {
    encoding: 'utf8',
    timeout: 240_000,
    env: { ...process.env, NODE_DEBUG: '', TERM: 'xterm', ...env },
  });
  return { status, output: stdout.replaceAll('\r\n', '\n'), error: stderr };
}
