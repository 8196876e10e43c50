import { type ChildProcess, type SendHandle, type Serializable, spawn } from 'node:child_process';
import { Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { Server } from 'node:net';
import { constants } from 'node:os';

/** Signals that a terminal sends to all its processes, so also to the program itself. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGHUP'];
const FORWARDED: readonly NodeJS.Signals[] = [
  ...FROM_TERMINAL,
  ...(['SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGALRM', 'SIGVTALRM', 'SIGPWR'] as const),
];

/**
 * Runs a program as a child process with this process's standard streams. For systems on which a process cannot be replaced,
 * and for a process that has an IPC channel. Signals and messages are passed on. Resolves to the exit code. If a signal has
 * ended the program, this process ends by it as well.
 *
 * @param serialization The format of the messages on this process's channel.
 */
export async function spawnProgram(
  path: string,
  argv: readonly string[],
  serialization: 'json' | 'advanced',
): Promise<number> {
  const [argv0 = path, ...args] = argv;
  const hasChannel = process.send !== undefined;
  const child = spawn(path, args, {
    argv0,
    stdio: ['inherit', 'inherit', 'inherit', ...(hasChannel ? (['ipc'] as const) : [])],
    serialization,
  });
  const forwarded = FORWARDED.filter((signal) => signal in constants.signals);
  for (const signal of forwarded) {
    process.on(signal, () => {
      if (!(process.stdin.isTTY && FROM_TERMINAL.includes(signal))) child.kill(signal);
    });
  }
  if (hasChannel) relay(child);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    // Not `close`, which Node leaves out after a call of disconnect.
    child.on('exit', (...ended) => resolve(ended));
  });
  // The last messages of the program are on their way.
  if (child.connected) await once(child, 'disconnect');
  if (hasChannel && process.connected) await once(process, 'disconnect');
  if (signal === null) return code!;
  for (const each of forwarded) process.removeAllListeners(each);
  process.kill(process.pid, signal);
  return 128 + constants.signals[signal];
}

/** Passes messages on in both directions, with their handles. When one side disconnects, so does the other. */
function relay(child: ChildProcess): void {
  let unsent = 0;
  const endIfSent = (): void => {
    if (unsent === 0 && !child.connected && process.connected) process.disconnect();
  };
  child.on('message', (message: Serializable, handle) => {
    if (!process.connected) return;
    unsent++;
    process.send!(message, handle as SendHandle, {}, () => {
      closeCopy(handle);
      unsent--;
      endIfSent();
    });
  });
  child.on('disconnect', endIfSent);
  process.on('message', (message: Serializable, handle) => {
    // The program may disconnect at that moment. Then nobody reads the message.
    if (child.connected) child.send(message, handle as SendHandle, () => closeCopy(handle));
    else closeCopy(handle);
  });
  process.on('disconnect', () => {
    if (child.connected) child.disconnect();
  });
}

/** A socket closes when it is sent. A server would go on to accept connections in this process. */
function closeCopy(handle: unknown): void {
  if (handle instanceof Server || handle instanceof DatagramSocket) handle.close();
}
