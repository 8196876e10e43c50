import '../ferry/support/watchdog.js';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { libc } from '../../src/linux/sys/libc.js';
import { fillHole } from '../../src/linux/sys/mman.js';
import { processMemory } from '../../src/linux/sys/process-memory.js';
import { thisThread } from '../../src/linux/sys/thread-identity.js';

const BYTES = 65536;
/** The first two places, which other mappings have here: memory that cannot be read, and memory of zeros. */
const UNREADABLE = 0x50_4600_0000;
const ZEROS = 0x5a_4600_0000;
const PROT_NONE = 0;

/** What a thread finds: whether it is the same memory, which it changes, and the thread's number. */
const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  (async () => {
    const { processMemory } = await import(workerData.memory);
    const { thisThread } = await import(workerData.identity);
    const words = new Int32Array(processMemory(${BYTES}));
    parentPort.postMessage({ found: Atomics.add(words, 1, 1), thread: thisThread().id });
  })();
`;

test('every thread finds the same memory, where other mappings have the first places', async () => {
  assert.ok(fillHole(UNREADABLE, 4096) && fillHole(ZEROS, 4096), 'the places are free');
  assert.equal(libc().mprotect(UNREADABLE, 4096, PROT_NONE), 0);
  const memory = processMemory(BYTES);
  assert.ok(memory !== undefined);
  const words = new Int32Array(memory);
  assert.ok(words.every((word) => word === 0));
  words[1] = 41;
  const workerData = {
    memory: new URL('../../src/linux/sys/process-memory.js', import.meta.url).href,
    identity: new URL('../../src/linux/sys/thread-identity.js', import.meta.url).href,
  };
  const workers = [1, 2].map(() => new Worker(THREAD, { eval: true, workerData }));
  const found = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  assert.deepEqual(found.map((each) => each.found).sort(), [41, 42]);
  // A place that has become free does not make a second memory.
  libc().munmap(UNREADABLE, 4096);
  libc().munmap(ZEROS, 4096);
  assert.equal(new Int32Array(processMemory(BYTES)!)[1], 43);

  const self = thisThread();
  assert.equal(self.isAlive(self.id), true);
  await Promise.all(workers.map((worker) => worker.terminate()));
  for (const { thread } of found) {
    assert.notEqual(thread, self.id);
    assert.equal(self.isAlive(thread), false);
  }
});
