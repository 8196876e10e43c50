import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FolioList } from '../../src/mm/pipeline/folio-list.js';
import { replay } from '../../src/sim/explore/explore.js';
import {
  breakeven,
  Demotion,
  explore,
  fragment,
  Promotion,
  readProfile,
  runCompaction,
  runMove,
  Simulation,
  ZoneCompactor,
} from '../../src/sim.js';
import { NOT_PLAIN } from '../ferry/support/plain-objects.js';
import { zen3 } from './profiles.js';

const profile = zen3();
const sim = new Simulation({ profile, nodePages: [16_384, 16_384] });
fragment(sim, 0);

const CALLS: readonly (readonly [operation: string, argument: string, call: (options: never) => unknown])[] =
  [
    ['Simulation', 'options', (options) => new Simulation(options)],
    ['createMigrator', 'options', (options) => sim.createMigrator(options)],
    ['ZoneCompactor', 'options', (options) => new ZoneCompactor(sim, options)],
    ['Demotion', 'options', (options) => new Demotion(sim, options)],
    ['Promotion', 'options', (options) => new Promotion(sim, options)],
    ['explore', 'options', (options) => explore(options)],
    ['replay', 'options', (options) => replay(options, [])],
    ['runMove', 'cell', (options) => runMove(options, { profile, seed: 1, words: 1 })],
    ['runMove', 'settings', (options) => runMove({ folio: 4096, folios: 1, migrator: 'cpu' }, options)],
    [
      'runCompaction',
      'cell',
      (options) => runCompaction(options, { profile, seed: 1, hugePages: 1, cluster: 32 }),
    ],
    ['runCompaction', 'settings', (options) => runCompaction({ migrator: 'dcbm', hogs: 0 }, options)],
    ['breakeven', 'settings', (options) => breakeven(4096, options)],
    ['readProfile', 'profile', (options) => readProfile(options)],
  ];

/** Names before 1.0, and the advice for them. */
const OLD = new Map<string, readonly (readonly [name: string, advice: string])[]>([
  [
    'runMove settings',
    [
      ['maxBatchedMigration', 'The option was renamed. Use batchPages.'],
      ['swapPages', 'The option was renamed. Use cutoverPages.'],
    ],
  ],
  ['breakeven settings', [['mostBytes', 'The option was renamed. Use maxBytes.']]],
  ['createMigrator options', [['leastBytes', 'The option was renamed. Use minBytes.']]],
]);

test('every call of pageferry/sim refuses an unknown option by its name, and names the new one', async () => {
  for (const [operation, argument, call] of CALLS) {
    if (operation === 'readProfile') continue;
    for (const [name, advice] of [
      ['fast', /^Known: /],
      ...(OLD.get(`${operation} ${argument}`) ?? []),
    ] as const) {
      const refused = async (): Promise<unknown> => call({ [name]: 1 } as never);
      await assert.rejects(refused, { code: 'EINVAL', operation, argument: `${argument}.${name}`, advice });
    }
  }
  const request = { space: 0, target: 1, reason: 'syscall', readThrough: true } as const;
  assert.throws(() => sim.migrate(request as never, new FolioList()), {
    argument: 'request.readThrough',
    advice: 'The option was renamed. Use writeProtected.',
  });
});

test('every call of pageferry/sim refuses options that are not a plain object', async () => {
  for (const [kind, make] of NOT_PLAIN) {
    for (const [operation, argument, call] of CALLS) {
      const refused = async (): Promise<unknown> => call(make() as never);
      const message = `${operation}: EINVAL: ${argument}: must be a plain object, not ${kind}`;
      await assert.rejects(refused, { code: 'EINVAL', operation, argument, message });
    }
  }
});
