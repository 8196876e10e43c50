import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, until, withFerry } from './support/fixture.js';

const THREADS = 2;
const MIGRATIONS = 10;

/** Reads a word of each page under V8's lock of the process, and does not wait for it. */
const AWAIT_WORDS = `
  const { workerData: { memory, counts, index } } = require('node:worker_threads');
  const words = new Int32Array(memory);
  for (let i = 0; Atomics.load(counts, 0) === 0; i = (i + 1024) % words.length) {
    Atomics.wait(words, i, 1, 0);
    Atomics.add(counts, 1 + index, 1);
  }
`;

test(
  'threads that are in Atomics.wait on words of pages in flight do not stop the migration',
  LIMIT,
  async () => {
    const memory = new SharedArrayBuffer(24 * MIB);
    fill(memory);
    const counts = new Int32Array(new SharedArrayBuffer(4 * (1 + THREADS)));
    const threads = Array.from(
      { length: THREADS },
      (_, index) => new Worker(AWAIT_WORDS, { eval: true, workerData: { memory, counts, index } }),
    );
    await until(() => counts.slice(1).every((count) => count > 0));
    // Each ferry has a new engine, which compiles its code, and collects its garbage, as it goes.
    for (const name of ['mtcopy', 'dcbm'] as const) {
      await withFerry({}, async (ferry) => {
        await ferry.registerMigrator({ name });
        const region = ferry.adopt(memory);
        for (let i = 1; i <= MIGRATIONS; i++) {
          const copyMode = i % 3 === 0 ? 'write-protected' : 'exclusive';
          assertAllMoved(region, await region.migrate({ to: i % 2, copyMode }));
        }
      });
    }
    const before = counts.slice(1);
    await until(() => counts.slice(1).every((count, i) => count > before[i]!));
    Atomics.store(counts, 0, 1);
    await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('exit', resolve))));
    assertContent(memory);
  },
);
