/**
 * Starts a program with an IPC channel, and prints what it hears of it. Arguments: the serialization, how the conversation
 * ends, then the arguments of node.
 */
import { fork, type Serializable } from 'node:child_process';
import { createServer, type Socket } from 'node:net';

const [serialization, how, ...args] = process.argv.slice(2) as ['json' | 'advanced', string, ...string[]];
const [file = '', ...rest] = args;
const child = fork(file, rest, { serialization, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
const heard: unknown[] = [];
const output = { stdout: '', stderr: '' };
child.stdout!.setEncoding('utf8').on('data', (text: string) => {
  output.stdout += text;
});
child.stderr!.setEncoding('utf8').on('data', (text: string) => {
  output.stderr += text;
});
// Sent at once, while the program is being loaded.
for (let i = 0; i < 3; i++) child.send({ early: i });
child.on('message', (message: Serializable, handle?: Socket) => {
  heard.push(message);
  if (handle !== undefined) handle.end('from the parent');
  if (message === 'ready') {
    if (how === 'disconnect') child.disconnect();
    else if (how === 'handle') sendServer();
    else child.send(how);
  }
});
child.on('disconnect', () => heard.push('disconnect'));
child.on('exit', (code, signal) => {
  process.on('exit', () => console.log(JSON.stringify({ heard, output, code, signal })));
});

/** The program listens with this server, and this process does not. */
function sendServer(): void {
  const server = createServer().listen(0, '127.0.0.1', () => {
    child.send('handle', server, () => server.close());
  });
}
