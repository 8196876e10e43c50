import './support/memory.js';
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ERRNO } from '../../src/common/errno.js';
import { Futex } from '../../src/linux/sys/futex.js';
import { libc } from '../../src/linux/sys/libc.js';

/** Words that every thread may see. */
function words(count: number): { readonly words: Int32Array; readonly address: number } {
  const array = new Int32Array(new SharedArrayBuffer(count * 4));
  return { words: array, address: libc().addressOf(array) };
}

const DAY = 86_400e9;

test('it does not sleep when the word is another', () => {
  const { words: word, address } = words(1);
  const futex = new Futex();
  for (const [value, expected] of [
    [5, 4],
    [-1, 1],
    [-(2 ** 31), 2 ** 31 - 1],
  ] as const) {
    word[0] = value;
    futex.wait(address, expected, DAY);
  }
});

test('it sleeps until the time is over, also on a negative word', () => {
  const { words: word, address } = words(1);
  const futex = new Futex();
  const c = libc();
  const { syscall } = c;
  const errors: number[] = [];
  mock.method(c, 'syscall', (...args: Parameters<typeof syscall>) => {
    const result = syscall(...args);
    errors.push(result === -1 ? c.errno() : 0);
    return result;
  });
  try {
    for (const value of [0, -1, -(2 ** 31)]) {
      word[0] = value;
      for (const nanoseconds of [0, 0.5, 1, 1e6, -5]) futex.wait(address, value, nanoseconds);
    }
  } finally {
    mock.restoreAll();
  }
  assert.deepEqual(errors, new Array(15).fill(ERRNO.ETIMEDOUT));
});

test('everybody who sleeps on a word is woken, also on a negative one', async () => {
  const { words: shared, address } = words(4);
  const [WORD, READY, WOKEN] = [0, 1, 2];
  const futexUrl = new URL('../../src/linux/sys/futex.js', import.meta.url).href;
  const source = `
    const { workerData } = require('node:worker_threads');
    import(${JSON.stringify(futexUrl)}).then(({ Futex }) => {
      const words = new Int32Array(workerData.buffer);
      const futex = new Futex();
      Atomics.add(words, ${READY}, 1);
      while (Atomics.load(words, ${WORD}) === -7) futex.wait(workerData.address, -7, ${DAY});
      Atomics.add(words, ${WOKEN}, 1);
    });
  `;
  Atomics.store(shared, WORD, -7);
  const exited = Array.from({ length: 3 }, () => {
    const workerData = { buffer: shared.buffer, address };
    const worker = new Worker(source, { eval: true, execArgv: [], workerData });
    return new Promise((resolve) => worker.once('exit', resolve));
  });
  while (Atomics.load(shared, READY) < 3) await delay(1);
  // Asleep by now, or about to be: then they find another word.
  await delay(20);
  assert.equal(Atomics.load(shared, WOKEN), 0);
  Atomics.store(shared, WORD, 1);
  new Futex().wake(address);
  assert.deepEqual(await Promise.all(exited), [0, 0, 0]);
  assert.equal(Atomics.load(shared, WOKEN), 3);
});

test('waking when nobody sleeps is no error', () => {
  const { address } = words(1);
  new Futex().wake(address);
});
