import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ferry } from '../../src/index.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { tune } from './support/parameters.js';

const DEPTH = 'module/pageferry/parameters/pipeline_depth';

/** Messages of the warnings that `run` causes. An unhandled rejection or an uncaught error fails the test. */
async function warningsOf(run: () => Promise<void>): Promise<string[]> {
  const messages: string[] = [];
  const listener = ({ name, message }: Error): void => {
    if (name === 'PageferryWarning') messages.push(message);
  };
  process.on('warning', listener);
  await run();
  // A rejection is handled, and a warning is emitted, in later turns.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  return messages;
}

/** The ways in which a listener can fail, by the message. */
const FAILING: Readonly<Record<string, () => unknown>> = {
  'at once': () => {
    throw new Error('at once');
  },
  later: async () => {
    await delay(1);
    throw new Error('later');
  },
  thenable: () => ({
    // biome-ignore lint/suspicious/noThenProperty: a listener may return one
    then(_: unknown, reject: (error: unknown) => void) {
      reject(new Error('thenable'));
    },
  }),
};

async function eject(ferry: Ferry): Promise<void> {
  const region = ferry.allocate(MIB);
  new Uint8Array(region.buffer).fill(1);
  await tune(ferry, { max_failures: 1 });
  const ejected = once(ferry, 'ejected');
  await ferry.registerMigrator({ name: 'error', failBatch: 1 });
  await region.migrate({ to: 1 });
  await ejected;
}

/** Every place that takes a listener: how to have it called. */
const PLACES: readonly (readonly [
  about: RegExp,
  call: (ferry: Ferry, listener: () => void) => Promise<void>,
])[] = [
  [
    /^a listener of 'ejected' threw: /,
    async (ferry, listener) => {
      ferry.on('ejected', listener);
      let after = 0;
      ferry.on('ejected', () => void after++);
      await eject(ferry);
      assert.equal(after, 1, 'the listeners behind it are called, too');
    },
  ],
  [
    /^onProgress threw: /,
    async (ferry, onProgress) => {
      const region = ferry.allocate(MIB);
      new Uint8Array(region.buffer).fill(1);
      const { foliosFailed } = await region.migrate({ to: 1, onProgress });
      assert.equal(foliosFailed, 0);
    },
  ],
  [
    /^a watcher of .*pipeline_depth threw: /,
    async (ferry, listener) => {
      ferry.parameters.watch(DEPTH, listener);
      await ferry.parameters.set(DEPTH, 3);
    },
  ],
];

for (const [message, fails] of Object.entries(FAILING)) {
  test(`a listener that fails (${message}) is a warning, in every place that takes one`, LIMIT, async () => {
    for (const [about, call] of PLACES) {
      const warnings = await warningsOf(() =>
        withFerry({}, async (ferry) => {
          let called = 0;
          await call(ferry, () => {
            called++;
            return fails() as undefined;
          });
          assert.ok(called > 0);
          await delay(5);
        }),
      );
      assert.equal(warnings.length, 1, String(about));
      assert.match(warnings[0]!, about);
      assert.ok(warnings[0]!.endsWith(message), warnings[0]);
    }
  });
}

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

/** Listeners of a signal, counted by its own methods. */
function countedSignal(): { readonly signal: AbortSignal; readonly listeners: () => number } {
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof addEventListener>) => {
      listeners.add(args[1]);
      addEventListener.apply(signal, args);
    },
    removeEventListener: (...args: Parameters<typeof removeEventListener>) => {
      listeners.delete(args[1]);
      removeEventListener.apply(signal, args);
    },
  });
  return { signal, listeners: () => listeners.size };
}

test('a watch that has ended, or whose ferry has closed, leaves nothing at its signal', LIMIT, async () => {
  const { signal, listeners } = countedSignal();
  let heard = 0;
  await withFerry({}, async (ferry) => {
    const { parameters } = ferry;
    const stop = parameters.watch(DEPTH, () => void heard++, { signal });
    assert.equal(listeners(), 1);
    stop();
    assert.equal(listeners(), 0);
    parameters.watch(DEPTH, () => void heard++, { signal });
    await ferry.close();
    assert.equal(listeners(), 0);
    parameters.watch(DEPTH, () => void heard++, { signal })();
    assert.equal(listeners(), 0);
    assert.equal(parameters.get(DEPTH), '2');
  });
  assert.equal(heard, 0);
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
