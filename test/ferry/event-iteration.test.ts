import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type FerryEvent, openFerry } from '../../src/index.js';
import { migrateOnce } from './support/event-iteration-scenes.js';
import { LIMIT, refusal, withFerry } from './support/fixture.js';

// An iteration keeps no process alive, so nor does it this one.
const alive = setInterval(() => undefined, 60_000);

after(() => clearInterval(alive));

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

test('bad options are refused by name', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    assert.throws(() => ferry.events(1 as unknown as object), refusal('EINVAL', 'options'));
    assert.throws(() => ferry.events({ signal: {} as AbortSignal }), refusal('EINVAL', 'options.signal'));
    const inherited = Object.create(AbortSignal.prototype) as AbortSignal;
    assert.throws(() => ferry.events({ signal: inherited }), refusal('EINVAL', 'options.signal'));
  });
});
