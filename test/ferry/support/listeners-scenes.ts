import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ferry } from '../../../src/index.js';
import { LIMIT, MIB, withFerry } from './fixture.js';
import { tune } from './parameters.js';

export const DEPTH = 'module/pageferry/parameters/pipeline_depth';

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

export async function eject(ferry: Ferry): Promise<void> {
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

export const FAILING_LISTENER_CASES = Object.entries(FAILING);

export function failingListener(cases: readonly (typeof FAILING_LISTENER_CASES)[number][]): void {
  for (const [message, fails] of cases) {
    test(
      `a listener that fails (${message}) is a warning, in every place that takes one`,
      LIMIT,
      async () => {
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
      },
    );
  }
}
