import './support/memory.js';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { startThread } from '../../src/linux/threads/start-thread.js';

// The threads keep nobody's event loop alive.
const alive = setInterval(() => undefined, 1000);
after(() => clearInterval(alive));

function module(code: string): URL {
  return new URL(
    `data:text/javascript,import { parentPort } from 'node:worker_threads'; ${encodeURIComponent(code)}`,
  );
}

test('a thread that says it is ready has started, and its end is heard of', async () => {
  const { worker, exited } = await startThread(
    module(`parentPort.postMessage('ready'); parentPort.once('message', () => parentPort.close());`),
    'test',
    undefined,
    'a thread',
  );
  worker.postMessage('end');
  await exited;
});

test('one that ends over its work at once has started all the same', async () => {
  for (let round = 0; round < 5; round++) {
    const { exited } = await startThread(
      module(`parentPort.postMessage('ready'); throw new Error('in the middle of a copy');`),
      'test',
      undefined,
      'a thread',
    );
    await exited;
  }
});

for (const [how, code] of [
  ['throws', `throw new Error('no');`],
  ['ends', `process.exit(0);`],
]) {
  test(`one that ${how} before it is ready has not started: ENODEV, naming what it was to be`, async () => {
    await assert.rejects(
      startThread(module(code!), 'test', undefined, 'a thread of the test'),
      (error) =>
        error instanceof MigrationError && error.code === 'ENODEV' && /of the test/.test(error.message),
    );
  });
}
