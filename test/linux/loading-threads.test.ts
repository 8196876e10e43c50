import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { endThread, startEngineWorker, threadsLoaded } from '../../src/linux/threads/engine-worker.js';

const href = (path: string): string => new URL(`../../src/linux/threads/${path}.js`, import.meta.url).href;
const program = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`);

/** Answers while it loads, and has loaded when it is asked to. */
const SLOW = program(`
  import { parentPort } from 'node:worker_threads';
  import { modulesLoaded } from '${href('loading')}';
  parentPort.on('message', (message) => {
    if (message === 'load') modulesLoaded();
    else parentPort.postMessage(message);
  });
`);

for (const [name, wait] of [
  ['a thread is not ended', endThread],
  ['nor does its owner end', () => threadsLoaded()],
] as const) {
  test(`${name} before it has loaded its modules`, async () => {
    const worker = startEngineWorker(SLOW, {});
    const exited = once(worker, 'exit');
    let over = false;
    const waited = wait(worker).then(() => {
      over = true;
    });
    await setTimeout(20);
    worker.postMessage('still there?');
    assert.deepEqual(await once(worker, 'message'), ['still there?']);
    assert.equal(over, false);
    worker.postMessage('load');
    await waited;
    await Promise.all([worker.terminate(), exited]);
  });
}

test('a thread that ends while it loads is not waited for', async () => {
  const worker = startEngineWorker(program('process.exit(0)'), {});
  await Promise.all([threadsLoaded(), endThread(worker)]);
});

for (const [name, nested] of [
  ['of its own', false],
  ['of one of its threads', true],
] as const) {
  test(`a process that exits waits for a thread ${name} that loads its modules`, () => {
    // The thread's own thread, if there is one, is counted by the same word.
    const slow = `
      import { writeSync } from 'node:fs';
      import { modulesLoaded } from '${href('loading')}';
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      writeSync(1, 'loaded');
      modulesLoaded();
      setInterval(() => undefined, 1000);
    `;
    const start = `
      import { startEngineWorker } from '${href('engine-worker')}';
      const slow = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(slow)}));
      startEngineWorker(slow, {});
    `;
    const parent = `
      import { parentPort } from 'node:worker_threads';
      import { modulesLoaded } from '${href('loading')}';
      ${start}
      modulesLoaded();
      parentPort.postMessage('started');
    `;
    const main = !nested
      ? `${start} process.exit(3);`
      : `
      import { startEngineWorker } from '${href('engine-worker')}';
      const parent = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(parent)}));
      startEngineWorker(parent, {}).once('message', () => process.exit(3));
    `;
    const args = ['--input-type=module', '-e', main];
    assert.throws(
      () => execFileSync(process.execPath, args, { encoding: 'utf8' }),
      (error: { status?: number; stdout?: string }) => error.status === 3 && error.stdout === 'loaded',
    );
  });
}

test('an error of a thread that has started ends it, and does not leave its module', async () => {
  const run = (code: string): Worker =>
    new Worker(
      program(`import { runStarted } from '${href('run-started')}'; runStarted((ready) => { ${code} });`),
    );
  const failed = run(`ready(); throw new Error('in the middle of a copy');`);
  const errors: unknown[] = [];
  failed.on('error', (error) => errors.push(error));
  const [[message], [code]] = await Promise.all([once(failed, 'message'), once(failed, 'exit')]);
  assert.deepEqual([message, code, errors], ['ready', 0, []]);

  const neverStarted = run(`throw new Error('no memory');`);
  const [error] = (await once(neverStarted, 'error')) as [Error];
  assert.equal(error.message, 'no memory');
});
