/** A program with large memory that ends in the way that its first argument names. The second one: when, in milliseconds. */
import { Worker } from 'node:worker_threads';

const [how, afterMs = '0'] = process.argv.slice(2);
const memory = new SharedArrayBuffer(96 * 2 ** 20);
const words = new Int32Array(memory);
for (let i = 0; i < words.length; i += 1024) words[i] = i;
console.log('made', words.length);

process.on('exit', (code) => console.log('exit', code, words[1024]));
process.on('beforeExit', () => console.log('beforeExit'));

function crash(): void {
  throw new TypeError('the program has crashed');
}

const endings: Readonly<Record<string, () => void>> = {
  return: () => undefined,
  code: () => {
    process.exitCode = 42;
  },
  exit: () => process.exit(7),
  throw: crash,
  reject: () => void Promise.reject(new RangeError('nobody catches this')),
  abort: () => process.abort(),
  term: () => process.kill(process.pid, 'SIGTERM'),
  usr2: () => process.kill(process.pid, 'SIGUSR2'),
  handled: () => {
    const alive = setInterval(() => undefined, 1000);
    process.once('SIGTERM', (signal) => {
      clearInterval(alive);
      console.log('handled', signal);
      process.exitCode = 5;
    });
    process.kill(process.pid, 'SIGTERM');
  },
  worker: () => {
    const code =
      "const memory = new SharedArrayBuffer(2 ** 27); new Uint8Array(memory).fill(1); setTimeout(() => console.log('worker done'), 600)";
    const worker = new Worker(code, { eval: true });
    worker.on('exit', (exit) => console.log('worker exit', exit));
  },
  terminate: () => {
    const code =
      "const memory = new SharedArrayBuffer(2 ** 27); new Uint8Array(memory).fill(1); setInterval(() => 0, 1000); require('worker_threads').parentPort.postMessage(1)";
    const worker = new Worker(code, { eval: true });
    worker.once('message', () => setTimeout(() => worker.terminate(), 900));
    worker.on('exit', (exit) => console.log('worker exit', exit));
  },
  uncaught: () => {
    process.on('uncaughtException', (error) => console.log('caught', error.message));
    crash();
  },
};
setTimeout(endings[how!]!, Number(afterMs));
