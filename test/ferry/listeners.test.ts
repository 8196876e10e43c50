import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, withFerry } from './support/fixture.js';
import { DEPTH, eject, FAILING_LISTENER_CASES, failingListener } from './support/listeners-scenes.js';

failingListener(FAILING_LISTENER_CASES.slice(0, 1));

test('a listener that was added for one time is called once', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    let times = 0;
    ferry.once('ejected', () => void times++);
    await eject(ferry);
    await eject(ferry);
    assert.equal(times, 1);
  });
});

test('a signal ends a watch, and an aborted one begins none', LIMIT, async () => {
  await withFerry({}, async ({ parameters }) => {
    const controller = new AbortController();
    const { signal } = controller;
    const heard: string[] = [];
    const stop = parameters.watch(DEPTH, (_, value) => void heard.push(value), { signal });
    await parameters.set(DEPTH, 3);
    assert.deepEqual(heard, ['3']);
    controller.abort();
    controller.abort();
    await parameters.set(DEPTH, 4);
    stop();
    stop[Symbol.dispose]();
    const never = parameters.watch('/', () => assert.fail('it was called'), { signal });
    await parameters.set(DEPTH, 1);
    never();
    assert.deepEqual(heard, ['3']);
  });
});

test('watch refuses what is not a signal, and options that it does not have', LIMIT, async () => {
  await withFerry({}, ({ parameters }) => {
    const watch = (options: unknown) => () => parameters.watch('/', () => undefined, options as object);
    for (const signal of [null, {}, 'abort', Object.create(AbortSignal.prototype)]) {
      assert.throws(watch({ signal }), {
        code: 'EINVAL',
        operation: 'parameters.watch',
        argument: 'options.signal',
      });
    }
    assert.throws(watch({ once: true }), { argument: 'options.once' });
    assert.throws(watch(null), { argument: 'options' });
  });
});
