import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, withFerry } from './support/fixture.js';
import { DEPTH, FAILING_LISTENER_CASES, failingListener } from './support/listeners-scenes.js';

failingListener(FAILING_LISTENER_CASES.slice(1));

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
