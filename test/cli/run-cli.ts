import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { DEEP } from '../deep.js';
import type { CliRequest, CliThreadData } from './cli-thread.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const PATIENCE_MS = 240_000;

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `pageferry` with these arguments as a process of its own; `nodeOptions` go to node itself. */
export function spawnCli(args: readonly string[], nodeOptions: readonly string[] = []): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeOptions, MAIN, ...args], {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    env: { ...process.env, NODE_DEBUG: '' },
  });
  return { status, stdout, stderr };
}

/**
 * Runs `pageferry` with these arguments, in a thread that lives on, which takes a tenth of the time. With
 * `npm run test:deep`, and with a trace, which is of the whole process, it is a process of its own. What depends on the process itself calls `spawnCli`.
 */
export function runCli(args: readonly string[]): CliResult {
  return DEEP || args.includes('--trace') ? spawnCli(args) : ask({ args, env: { ...process.env } });
}

/** Why this host cannot migrate real memory, or false when it can: for a test's `skip`. */
export function hostCannot(): string | false {
  const { status, stderr } = ask('probe');
  return status === 0 ? false : `this host cannot migrate real memory: ${stderr}`;
}

let thread: { readonly data: CliThreadData; readonly port: MessagePortOfThread } | undefined;
type MessagePortOfThread = MessageChannel['port1'];

/** A thread of its own, so that the caller need not be asynchronous: it waits for a word in shared memory. */
function ask(request: CliRequest): CliResult {
  thread ??= start();
  const { done } = thread.data;
  Atomics.store(done, 0, 0);
  thread.port.postMessage(request);
  if (Atomics.wait(done, 0, 0, PATIENCE_MS) === 'timed-out') {
    thread = undefined;
    return { status: null, stdout: '', stderr: 'no answer' };
  }
  return receiveMessageOnPort(thread.port)!.message as CliResult;
}

function start(): NonNullable<typeof thread> {
  const { port1, port2 } = new MessageChannel();
  const data: CliThreadData = { main: MAIN, port: port2, done: new Int32Array(new SharedArrayBuffer(4)) };
  const worker = new Worker(new URL('./cli-thread.js', import.meta.url), {
    workerData: data,
    transferList: [port2],
  });
  worker.unref();
  port1.unref();
  return { data, port: port1 };
}
