/**
 * Sweeps and schedules on worker processes, through a real redis-server: `npm run test:queue`. Workers are killed and stopped
 * in the middle of a task, the server is restarted, the sweep is interrupted. The results are those of one process to the last
 * digit. Installs redis-server where it may, or says why it is skipped.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Queue, QueueEvents } from 'bullmq';
import { connectionOf, PREFIX, queueName } from '../../src/runner/queue/connection.js';
import { findServer, TestServer } from './redis.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const LEASE_SECONDS = 2;
const PATIENCE_MS = 60_000;
/** Enough cells that tasks take about a second each, and all of them some ten seconds. */
const SWEEP = [
  ...['sim', 'sweep', '--folio', '4K,64K', '--bytes', '128M', '--break-even', 'channels,dma.descriptorNs'],
  ...['--vary', 'channels=1..8', '--vary', 'dma.descriptorNs=500..20000:log20'],
];
const CELLS = 320;

const folder = mkdtempSync(join(tmpdir(), 'pageferry-queue-'));
const file = (name: string): string => join(folder, name);

interface Program {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

const programs: Program[] = [];

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  child.stderr.on('data', (data) => {
    text += data;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const program = { child, output: () => text, ended };
  programs.push(program);
  return program;
}

/** Runs a command to its end. */
async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly text: string }> {
  const program = start(args, env);
  return { code: await program.ended, text: program.output() };
}

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) {
      throw new Error(`waited in vain for: ${what}\n${programs.map(({ output }) => output()).join('---\n')}`);
    }
    await sleep(20);
  }
}

const lines = (name: string): number =>
  existsSync(file(name)) ? readFileSync(file(name), 'utf8').split('\n').length - 1 : 0;

const server = findServer();
if ('missing' in server) {
  console.log(`SKIP test:queue: ${server.missing}`);
  rmSync(folder, { recursive: true });
} else {
  const redis = await TestServer.start(server.program);
  await test('a queue on a real server', (t) => runAll(t, redis));
}

async function runAll(t: TestContext, redis: TestServer): Promise<void> {
  const env = { PAGEFERRY_QUEUE_PASSWORD: redis.password };
  const address = { host: '127.0.0.1', port: redis.port, db: 0, tls: false, password: redis.password };
  const options = { connection: connectionOf(address), prefix: PREFIX };
  const queue = new Queue(queueName(), options);
  const events = new QueueEvents(queueName(), options);
  queue.on('error', () => undefined);
  events.on('error', () => undefined);
  await events.waitUntilReady();
  const stalled = new Set<string>();
  events.on('stalled', ({ jobId }) => stalled.add(jobId));
  const throughQueue = ['--queue', redis.url];

  t.after(async () => {
    for (const { child } of programs) child.kill('SIGKILL');
    await Promise.all(programs.map(({ ended }) => ended));
    await events.close();
    await queue.close();
    await redis.close();
    rmSync(folder, { recursive: true });
  });

  const startWorker = (): Program =>
    start(['worker', ...throughQueue, '--workers', '1', '--lease', String(LEASE_SECONDS)], env);
  const ready = (worker: Program): Promise<true> =>
    until('a worker', () => (worker.output().includes('worker: 1 threads') ? true : undefined));

  /** Stops a worker in the middle of a task, and returns the task. It is not done, as its worker cannot end it. */
  const stopInTask = (worker: Program): Promise<string> =>
    until('a worker in the middle of a task', async () => {
      worker.child.kill('SIGSTOP');
      // What it had sent before has arrived by now.
      await sleep(100);
      for (const job of await queue.getJobs(['active'])) {
        if (job?.processedBy?.includes(`-${worker.child.pid}-`) === true) return job.id;
      }
      worker.child.kill('SIGCONT');
      await sleep(50);
      return undefined;
    });

  const base = await run([
    ...SWEEP,
    '--workers',
    '1',
    '--jsonl',
    file('base.jsonl'),
    '--csv',
    file('base.csv'),
  ]);
  assert.equal(base.code, 0, base.text);
  assert.equal(lines('base.jsonl'), CELLS + 1);

  await t.test(
    'of three workers one is killed and one is stopped in the middle of a task: the same results',
    async () => {
      const workers = [startWorker(), startWorker(), startWorker()];
      await Promise.all(workers.map(ready));
      const [killed, stopped] = workers as [Program, Program, Program];
      const files = ['--jsonl', file('queue.jsonl'), '--csv', file('queue.csv')];
      const sweep = start([...SWEEP, ...throughQueue, ...files], env);
      let most = 0;
      const watch = setInterval(() => {
        void queue.getJobCounts('waiting', 'active', 'delayed').then((counts) => {
          most = Math.max(
            most,
            Object.values(counts).reduce((sum, each) => sum + each, 0),
          );
        });
      }, 100);
      const first = await stopInTask(killed);
      killed.child.kill('SIGKILL');
      const second = await stopInTask(stopped);
      await until('the task of the killed worker to go to another', () =>
        stalled.has(first) ? true : undefined,
      );
      await until('the task of the stopped worker to go to another', () =>
        stalled.has(second) ? true : undefined,
      );
      // The other worker has done it.
      await until('the end of its task', async () =>
        (await queue.getJob(second)) === undefined ? true : undefined,
      );
      stopped.child.kill('SIGCONT');
      assert.equal(await sweep.ended, 0, sweep.output());
      clearInterval(watch);
      assert.equal(readFileSync(file('queue.jsonl'), 'utf8'), readFileSync(file('base.jsonl'), 'utf8'));
      assert.equal(readFileSync(file('queue.csv'), 'utf8'), readFileSync(file('base.csv'), 'utf8'));
      // Two tasks a thread, but at least eight: a sweep of a million cells does not fill the server.
      assert.ok(most > 0 && most <= 8, `${most} tasks in the queue`);
      for (const { child } of workers.slice(1)) child.kill('SIGTERM');
      assert.equal(await stopped.ended, 0, stopped.output());
      assert.match(stopped.output(), /tasks done, 1 too late/);
      assert.equal(await workers[2]!.ended, 0);
    },
  );

  await t.test('the server is restarted and has lost everything: the same results', async () => {
    const workers = [startWorker(), startWorker()];
    await Promise.all(workers.map(ready));
    const sweep = start([...SWEEP, ...throughQueue, '--jsonl', file('restart.jsonl')], env);
    await until('the first cells', () => (lines('restart.jsonl') > 1 ? true : undefined));
    await redis.kill();
    await sleep(500);
    await redis.start();
    assert.equal(await sweep.ended, 0, sweep.output());
    assert.equal(readFileSync(file('restart.jsonl'), 'utf8'), readFileSync(file('base.jsonl'), 'utf8'));
    for (const { child } of workers) child.kill('SIGTERM');
    for (const worker of workers) assert.equal(await worker.ended, 0, worker.output());
  });

  await t.test('an interrupted sweep leaves no task waiting, and continues', async () => {
    const worker = startWorker();
    await ready(worker);
    const args = [...SWEEP, ...throughQueue, '--jsonl', file('resume.jsonl'), '--resume'];
    const sweep = start(args, env);
    await until('the first cells', () => (lines('resume.jsonl') > 1 ? true : undefined));
    sweep.child.kill('SIGINT');
    assert.equal(await sweep.ended, 1, sweep.output());
    assert.match(sweep.output(), /interrupted after \d+ of 320 cells\. Add --resume to continue/);
    assert.ok(lines('resume.jsonl') < CELLS + 1);
    assert.equal(await queue.getWaitingCount(), 0);
    const rest = await run(args, env);
    assert.equal(rest.code, 0, rest.text);
    assert.equal(readFileSync(file('resume.jsonl'), 'utf8'), readFileSync(file('base.jsonl'), 'utf8'));
    worker.child.kill('SIGTERM');
    assert.equal(await worker.ended, 0);
  });

  await t.test(
    'schedules on workers find what one process finds, and the failing one is replayed without a queue',
    async () => {
      const workers = [startWorker(), startWorker()];
      await Promise.all(workers.map(ready));
      for (const args of [
        ['explore', '--scenario', 'swap', '--schedules', '3000', '--json'],
        ['explore', '--race', 'merge-ignored', '--seed', '7'],
      ]) {
        const [alone, queued] = [await run(args), await run([...args, ...throughQueue], env)];
        assert.equal(queued.code, alone.code);
        // The queue's notices are on standard error.
        assert.ok(queued.text.includes(alone.text), `${queued.text}\n\n${alone.text}`);
      }
      const { text } = await run(['explore', '--race', 'merge-ignored', ...throughQueue], env);
      const replay = /^Replay: pageferry (.*)$/m.exec(text)?.[1];
      assert.ok(replay !== undefined, text);
      assert.equal((await run(replay.split(' '))).code, 1);
      for (const { child } of workers) child.kill('SIGTERM');
      for (const worker of workers) assert.equal(await worker.ended, 0, worker.output());
    },
  );

  await t.test('a wrong password is refused, and no output, argument or error has one', async () => {
    const wrong = { PAGEFERRY_QUEUE_PASSWORD: 's3cretwrong', NODE_DEBUG: 'pageferry' };
    for (const args of [
      ['worker', ...throughQueue],
      [...SWEEP, ...throughQueue],
    ]) {
      const { code, text } = await run(args, wrong);
      assert.equal(code, 1, text);
      assert.match(text, /refuses the user or the password/);
      assert.ok(!text.includes('s3cret'));
    }
    const worker = startWorker();
    await ready(worker);
    assert.ok(!readFileSync(`/proc/${worker.child.pid}/cmdline`, 'utf8').includes('s3cret'));
    worker.child.kill('SIGTERM');
    assert.equal(await worker.ended, 0);
    for (const { output } of programs) assert.ok(!output().includes('s3cret'), output());
  });
}
