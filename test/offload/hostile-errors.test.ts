import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFolios, checkStats, machineWith, migrate, row, TARGET } from '../mm/scenario.js';
import { ejections } from './ejections.js';
import { SpyAsyncMigrator } from './spy-async-migrator.js';
import { SpyMigrator } from './spy-migrator.js';

const rude = {
  toString(): string {
    throw new Error('no text');
  },
};

const withMessage = (message: unknown): Error =>
  Object.defineProperty(new Error(), 'message', { value: message });

/** What may be thrown, and what is said of it. */
const THROWN: readonly (readonly [what: string, thrown: unknown, told: RegExp])[] = [
  ['an error', new Error('driver bug'), /^it threw: driver bug$/],
  ['a string', 'driver bug', /^it threw: driver bug$/],
  ['nothing', undefined, /^it threw: undefined$/],
  ['a symbol', Symbol('bug'), /^it threw: Symbol\(bug\)$/],
  ['an object without a prototype', Object.create(null), /^it threw: an object$/],
  ['an object whose toString throws', rude, /^it threw: an object$/],
  ['a function whose toString throws', Object.assign(() => 0, rude), /^it threw: a function$/],
  ['an error whose message is a symbol', withMessage(Symbol('bug')), /^it threw: an object$/],
  ['an error whose message has no text', withMessage(rude), /^it threw: an object$/],
  [
    'an error whose message cannot be read',
    Object.defineProperty(new Error(), 'message', { get: rude.toString }),
    /^it threw: an object$/,
  ],
  [
    'a proxy that allows nothing',
    new Proxy({}, { get: rude.toString, getPrototypeOf: rude.toString as () => never }),
    /^it threw: an object$/,
  ],
];

for (const [what, thrown, told] of THROWN) {
  for (const kind of ['sync', 'async'] as const) {
    test(`${kind}: a migrator that throws ${what} is contained, and it is said why it was unregistered`, () => {
      const fake = machineWith();
      const behaviour = (): never => {
        throw thrown;
      };
      const migrator = kind === 'sync' ? new SpyMigrator(fake, behaviour) : new SpyAsyncMigrator(behaviour);
      const { stats } = migrate(fake, row(4), { migrator });
      checkStats(stats, { fallbacks_threw: 4, fallbacks: 4, folios_moved: 4 });
      checkFolios(fake, row(4), TARGET);
      const { whys } = ejections(() => behaviour(), { batches: 3, maxFailures: 3 });
      assert.equal(whys.length, 1);
      assert.match(whys[0]!, told);
    });
  }
}

for (const result of [Symbol('bug'), rude, Object.create(null), 7n]) {
  test(`a migrator that returns a ${typeof result} is contained, too`, () => {
    const { whys } = ejections(() => result as number, { batches: 1, maxFailures: 1 });
    assert.match(whys[0]!, /^it returned .+, which is neither 0 nor a negative errno$/);
  });
}
