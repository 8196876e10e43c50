import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StallOptions } from '../../src/bench/stall/options.js';
import { loadsOf, stallSpecs } from '../../src/bench/stall/stall-spec.js';
import { COPY_MODES } from '../../src/mm/copy-mode.js';

const M = 2 ** 20;
const OPTIONS: StallOptions = {
  folios: [4096],
  batches: [2 * M, 8 * M],
  copyModes: COPY_MODES,
  copyModeDefaulted: true,
  cutovers: [],
  migrators: ['baseline', 'mtcopy'],
  channels: [1],
  threads: [1],
  device: 'soft',
  bytes: 64 * M,
  seconds: 1,
  runs: 1,
  program: { reader: 1, writer: 1 },
  together: false,
  seed: 1,
};

const said = (options: StallOptions, copyModes = options.copyModes) =>
  stallSpecs(options, copyModes).map((spec) =>
    [
      spec.disturbance,
      spec.batchBytes / M,
      spec.copyMode,
      ...(spec.cutoverBytes === null ? [] : [spec.cutoverBytes / M]),
      spec.copy.migrator,
      spec.roles.join('+'),
    ].join(' '),
  );

test('roles run one after the other, or at once; one without threads not at all', () => {
  const program = { reader: 2, writer: 1 };
  assert.deepEqual(loadsOf({ program, together: false }), [['reader'], ['writer']]);
  assert.deepEqual(loadsOf({ program, together: true }), [['reader', 'writer']]);
  assert.deepEqual(loadsOf({ program: { reader: 0, writer: 1 }, together: false }), [['writer']]);
});

test('undisturbed first, then other memory, then each batch by each migrator in both ways side by side', () => {
  const program = { reader: 1, writer: 0 };
  assert.deepEqual(said({ ...OPTIONS, program }), [
    'nothing 8 exclusive baseline reader',
    'elsewhere 8 exclusive baseline reader',
    'elsewhere 8 exclusive mtcopy reader',
    'migration 2 exclusive baseline reader',
    'migration 2 write-protected baseline reader',
    'migration 2 exclusive mtcopy reader',
    'migration 2 write-protected mtcopy reader',
    'migration 8 exclusive baseline reader',
    'migration 8 write-protected baseline reader',
    'migration 8 exclusive mtcopy reader',
    'migration 8 write-protected mtcopy reader',
  ]);
});

test('each size of a cutover is a row of its own, only of those that are write-protected', () => {
  const options: StallOptions = { ...OPTIONS, batches: [8 * M], migrators: ['cpu'], cutovers: [M, 2 * M] };
  assert.deepEqual(said({ ...options, together: true }).slice(2), [
    'migration 8 exclusive cpu reader+writer',
    'migration 8 write-protected 1 cpu reader+writer',
    'migration 8 write-protected 2 cpu reader+writer',
  ]);
});

test('what the host cannot do has no rows', () => {
  assert.ok(said(OPTIONS, ['exclusive']).every((spec) => !spec.includes('write-protected')));
});
