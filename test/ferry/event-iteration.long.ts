import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { EventRing } from '../../src/trace/event-ring.js';
import { RingReader } from '../../src/trace/ring-reader.js';
import { migrateOnce } from './support/event-iteration-scenes.js';
import { LIMIT, withFerry } from './support/fixture.js';

// An iteration keeps no process alive, so nor does it this one.
const alive = setInterval(() => undefined, 60_000);
after(() => clearInterval(alive));

test('leaving the loop closes the reader: nothing is recorded any more', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const reader = ferry.events();
    const migration = migrateOnce(ferry);
    for await (const event of reader) if (event.kind === 'batch') break;
    await migration;
    const { head } = reader;
    await migrateOnce(ferry);
    assert.equal(reader.head, head);
  });
});

test('close and Symbol.dispose end an iteration that waits', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    for (const end of ['close', Symbol.dispose] as const) {
      const reader = ferry.events();
      const next = reader[Symbol.asyncIterator]().next();
      setImmediate(() => reader[end]());
      assert.deepEqual(await next, { done: true, value: undefined });
    }
  });
});

test('what a slow iteration has missed is counted', LIMIT, async () => {
  const ring = new EventRing(undefined, 8);
  const reader = new RingReader(ring);
  const iteration = reader[Symbol.asyncIterator]();
  const write = (count: number): void => {
    for (let i = 0; i < count; i++) ring.write(1, i, 0, 0, 0, 0);
  };
  write(3);
  assert.equal((await iteration.next()).done, false);
  write(16);
  reader.close();
  let rest = 0;
  for await (const event of { [Symbol.asyncIterator]: () => iteration }) if (event.at >= 0) rest++;
  assert.equal(rest, 8);
  assert.equal(reader.lost, 2 + 8);
});
