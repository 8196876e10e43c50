/** The thread of run-cli.ts: does what src/cli/main.ts does, again and again. */
import { type MessagePort, workerData } from 'node:worker_threads';
import { createProgram } from '../../src/cli/program.js';
import { commandTrace } from '../../src/cli/trace/command-trace.js';
import { reportError } from '../../src/cli/ui/errors.js';
import { openFerry } from '../../src/index.js';
import type { CliResult } from './run-cli.js';

export type CliRequest = 'probe' | { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv };

export interface CliThreadData {
  /** Path of the program, for its own idea of its command line. */
  readonly main: string;
  readonly port: MessagePort;
  /** 1 when the answer is in the port. */
  readonly done: Int32Array;
}

const { main, port, done } = workerData as CliThreadData;

port.on('message', async (request: CliRequest) => {
  const result = request === 'probe' ? await probe() : await run(request.args, request.env);
  port.postMessage(result);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
});

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliResult> {
  process.argv = [process.execPath, main, ...args];
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  const written = { stdout: '', stderr: '' };
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (chunk: unknown, ...rest: unknown[]): boolean => {
      written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString();
      const whenWritten = rest.at(-1);
      if (typeof whenWritten === 'function') whenWritten();
      return true;
    };
  }
  let status = 0;
  try {
    await createProgram((code) => {
      status = code;
    }).parseAsync();
  } catch (error) {
    status = reportError(error, console.error);
  }
  try {
    commandTrace.end();
  } catch (error) {
    status = reportError(error, console.error);
  }
  Object.assign(process.stdout, { write: writes.stdout });
  Object.assign(process.stderr, { write: writes.stderr });
  return { status, ...written };
}

async function probe(): Promise<CliResult> {
  try {
    const ferry = await openFerry();
    const region = ferry.adopt(new SharedArrayBuffer(2 ** 20));
    new Uint8Array(region.buffer).fill(1);
    const { foliosFailed } = await region.migrate({ to: 1 });
    await ferry.close();
    return { status: foliosFailed, stdout: '', stderr: `${foliosFailed} folios have failed` };
  } catch (error) {
    return { status: 3, stdout: '', stderr: String(error) };
  }
}
