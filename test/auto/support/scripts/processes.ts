/** A program of several threads and processes, each with memory of its own. It prints what each of them answers. */
import { execFileSync, fork, spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, SHARE_ENV, Worker, workerData } from 'node:worker_threads';

const FILE = fileURLToPath(import.meta.url);
const BYTES = 8 * 2 ** 20;

/** Uses memory for long enough to be adopted, and returns the sum of its words. */
async function useMemory(memory = new SharedArrayBuffer(BYTES)): Promise<number> {
  const words = new Int32Array(memory);
  for (let round = 0; round < 7; round++) {
    for (let i = 0; i < words.length; i += 1024) words[i]! += i;
    await setTimeout(100);
  }
  return words.reduce((sum, word) => sum + word, 0);
}

async function thread(options: object): Promise<void> {
  const worker = new Worker(FILE, options);
  const [[answer], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  console.log('thread', Object.keys(options).join(), answer.sum, code);
  if (answer.memory !== undefined) console.log('its memory', await useMemory(answer.memory));
}

async function clusterOfTwo(): Promise<void> {
  cluster.setupPrimary({ exec: FILE, args: ['worker'] });
  const workers = [cluster.fork(), cluster.fork()];
  const listening = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  const port: number = listening[0]![0].port;
  for (let i = 0; i < 2; i++) {
    const [text] = await once(connect(port).setEncoding('utf8'), 'data');
    console.log('cluster', text);
  }
  const exits = workers.map((worker) => once(worker, 'exit'));
  for (const worker of workers) worker.disconnect();
  for (const [code, signal] of await Promise.all(exits)) console.log('worker', code, signal);
}

async function main(): Promise<void> {
  const shared = new SharedArrayBuffer(BYTES);
  await thread({ workerData: shared });
  await thread({ execArgv: [] });
  await thread({ env: SHARE_ENV });
  await thread({ env: {}, stdout: false });
  console.log('mine', await useMemory(shared));
  const forked = fork(FILE, ['answer'], { serialization: 'advanced' });
  const [[answer], [code]] = await Promise.all([once(forked, 'message'), once(forked, 'exit')]);
  console.log('forked', answer, code);
  const spawned = spawn(process.execPath, [FILE, 'answer'], { stdio: ['ignore', 'inherit', 'inherit'] });
  console.log('spawned', await once(spawned, 'exit'));
  console.log('executed', execFileSync(process.execPath, [FILE, 'answer'], { encoding: 'utf8' }));
  await clusterOfTwo();
}

async function inCluster(): Promise<void> {
  const sum = await useMemory();
  const server = createServer((socket) => socket.end(`answer ${sum}`));
  server.listen(0, '127.0.0.1');
}

if (!isMainThread) {
  const memory = (workerData as SharedArrayBuffer | null) ?? new SharedArrayBuffer(BYTES);
  const sum = await useMemory(memory);
  parentPort!.postMessage({ sum, memory: workerData === null ? memory : undefined });
} else if (process.argv[2] === 'answer') {
  const sum = await useMemory();
  if (process.send === undefined) console.log(sum);
  else process.send(sum);
} else if (process.argv[2] === 'worker') {
  await inCluster();
} else {
  await main();
}
