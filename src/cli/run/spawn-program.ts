import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Signals that a terminal sends to all its processes, so also to the program itself. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGHUP'];
const FORWARDED: readonly NodeJS.Signals[] = [...FROM_TERMINAL, 'SIGTERM', 'SIGUSR2', 'SIGCONT'];

/**
 * Runs a program as a child process with this process's standard streams. For systems on which a process cannot be replaced.
 * Signals are passed on. Resolves to the exit code, 128 and its number for a signal.
 */
export function spawnProgram(path: string, argv: readonly string[]): Promise<number> {
  const [argv0 = path, ...args] = argv;
  const child = spawn(path, args, { argv0, stdio: 'inherit' });
  for (const signal of FORWARDED) {
    if (!(signal in constants.signals)) continue;
    process.on(signal, () => {
      if (!(process.stdin.isTTY && FROM_TERMINAL.includes(signal))) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}
