import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Ferry, type FerryEvent, openFerry } from '../../src/index.js';
import { EventRing } from '../../src/trace/event-ring.js';
import { RingReader } from '../../src/trace/ring-reader.js';
import { fill } from './support/content.js';
import { LIMIT, MIB, refusal, withFerry } from './support/fixture.js';

// An iteration keeps no process alive, so nor does it this one.
const alive = setInterval(() => undefined, 60_000);
after(() => clearInterval(alive));

async function migrateOnce(ferry: Ferry): Promise<void> {
  const buffer = new SharedArrayBuffer(4 * MIB);
  fill(buffer);
  const region = ferry.adopt(buffer);
  await region.migrate({ to: 1 });
  await region.release();
}

test('for await gives each event from the opening on, and ends with the ferry', LIMIT, async () => {
  const ferry = await openFerry();
  await migrateOnce(ferry);
  const iterated: FerryEvent[] = [];
  const reader = ferry.events();
  const since = reader.head;
  const iteration = (async () => {
    for await (const event of reader) iterated.push(event);
  })();
  await migrateOnce(ferry);
  const { events } = reader.read(since);
  await ferry.close();
  await iteration;
  assert.equal(reader.lost, 0);
  assert.deepEqual(iterated.slice(0, events.length), events);
  assert.equal(iterated.filter(({ kind }) => kind === 'migration').length, 1, 'nothing old');
  assert.throws(() => ferry.events(), refusal('EBADF'));
});

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

test(
  'a signal ends the iteration with an AbortError, at once and though nothing happens',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const reason = new Error('enough');
      const controller = new AbortController();
      const reader = ferry.events({ signal: controller.signal });
      const next = reader[Symbol.asyncIterator]().next();
      setImmediate(() => controller.abort(reason));
      await assert.rejects(next, { name: 'AbortError', code: 'ABORT_ERR', cause: reason });
      const { head } = reader;
      await migrateOnce(ferry);
      assert.equal(reader.head, head, 'nothing is recorded any more');
      const late = ferry.events({ signal: AbortSignal.abort(reason) });
      await assert.rejects(late[Symbol.asyncIterator]().next(), { name: 'AbortError', cause: reason });
    });
  },
);

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

test('bad options are refused by name', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    assert.throws(() => ferry.events(1 as unknown as object), refusal('EINVAL', 'options'));
    assert.throws(() => ferry.events({ signal: {} as AbortSignal }), refusal('EINVAL', 'options.signal'));
    const inherited = Object.create(AbortSignal.prototype) as AbortSignal;
    assert.throws(() => ferry.events({ signal: inherited }), refusal('EINVAL', 'options.signal'));
  });
});
