import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ferryParameters } from '../../src/ferry/ferry-parameters.js';
import { ParameterServer } from '../../src/parameters/socket/parameter-server.js';
import { FakeParameterHost } from '../ferry/support/fake-parameter-host.js';

/** What the program at the other end of a socket is: a ferry, or one that says nothing, or something else. */
export type Kind = 'ferry' | 'silent' | 'strange' | 'other-http';

const SELF = fileURLToPath(import.meta.url);

/** Starts a program of its own that listens at `path`; resolves when it does. */
export async function startProgram(path: string, kind: Kind): Promise<ChildProcess> {
  const child = spawn(process.execPath, [SELF, path, kind], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error(`the ${kind} program ended early`)));
  });
  return child;
}

const ANSWERS: Readonly<Record<Exclude<Kind, 'ferry' | 'silent'>, string>> = {
  strange: '220 mail.example.org ESMTP\r\n',
  'other-http': 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone',
};

async function listen(path: string, kind: Kind): Promise<void> {
  if (kind === 'ferry') {
    const host = new FakeParameterHost();
    host.counts.set('dcbm folios_migrated', 512);
    await ParameterServer.listen(path, ferryParameters(host));
  } else {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      if (kind !== 'silent') socket.end(ANSWERS[kind]);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    server.unref();
  }
  console.log('listening');
  // The end of the test, however it ends, is the end of this.
  process.stdin.once('close', () => process.exit()).resume();
}

const [, main, path, kind] = process.argv;
if (main === SELF && path !== undefined) await listen(path, kind as Kind);
