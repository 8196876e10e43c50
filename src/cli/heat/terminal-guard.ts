import { type ChildProcess, spawn } from 'node:child_process';

/** The input of the shell: whether the terminal has to be restored. */
const [ON, OFF] = ['on\n', 'off\n'];

/**
 * Restores the terminal when this process is killed and can do nothing itself: by SIGKILL, a second Ctrl-C, or a crash of Node.
 * A shell waits until its input ends. It is in a session of its own, so keys and the end of this process do not end it.
 * A host without a shell has no guard.
 */
export class TerminalGuard {
  readonly #shell: ChildProcess;

  /** @param restore What the terminal gets then, for printf(1). The terminal is standard output. */
  constructor(restore: string) {
    const script = `while read -r line; do state=$line; done; [ "$state" = on ] && printf '${restore}'`;
    this.#shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'inherit', 'ignore'], detached: true });
    this.#shell.on('error', () => undefined);
    this.#shell.stdin?.on('error', () => undefined);
    this.#shell.unref();
  }

  /** The terminal has to be restored from now on, or no longer. */
  set(on: boolean): void {
    this.#shell.stdin?.write(on ? ON : OFF);
  }

  end(): void {
    this.#shell.stdin?.end();
  }
}
