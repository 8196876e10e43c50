/** A program that is started with an IPC channel: see parent.ts. */
import { connect, type Server } from 'node:net';

const early: unknown[] = [];
console.log(process.argv.slice(2).join(), process.connected, typeof process.send);
process.on('disconnect', () => console.log('disconnect'));
process.on('message', (message, handle) => {
  if (typeof message === 'object') {
    early.push(message);
    if (early.length === 3) process.send!({ early }, () => process.send!('ready'));
    return;
  }
  const endings: Readonly<Record<string, () => void>> = {
    exit: () => process.send!('last', () => process.exit(9)),
    leave: () => process.disconnect(),
    term: () => process.kill(process.pid, 'SIGTERM'),
    map: () => {
      process.send!(new Map([[1, new Uint8Array(3)]]) as never);
      process.disconnect();
    },
    handle: () => {
      const server = handle as Server;
      server.on('connection', (socket) => process.send!('a connection', socket, () => server.close()));
      connect(server.address() as never)
        .setEncoding('utf8')
        .on('data', (text: string) => {
          console.log(text);
          process.disconnect();
        });
    },
  };
  endings[message as string]!();
});
