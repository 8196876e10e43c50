import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { formatSize } from '../../src/common/size.js';
import { type MoveCell, runMove } from '../../src/sim/experiments/move.js';
import { rfcByBatch, rfcByFolio, rfcByThreads } from '../../src/sim/experiments/rfc-figures.js';
import { amount, DEEP } from '../deep.js';
import { zen3 } from './profiles.js';

const SETTINGS = { profile: zen3(), seed: 1, words: 1 };
const ROWS = [
  { migrator: 'baseline' },
  ...[1, 2, 4, 8, 12, 16].map((channels) => ({ migrator: 'dcbm', channels }) as const),
] as const;

function errorOf(cell: MoveCell, rfc: number | undefined): number {
  assert.ok(rfc !== undefined);
  const { GBps, wrongPages } = runMove(cell, SETTINGS);
  assert.equal(wrongPages, 0);
  return Math.abs(GBps / rfc - 1);
}

function mean(errors: readonly number[]): number {
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

/** The worst cells are of 256K to 2M, so their mean alone is larger. */
const MEAN_LIMIT = DEEP ? 0.05 : 0.06;
const WORST_LIMIT = 0.15;

/** The cells of small folios take most of the time. */
const KILOBYTES = DEEP ? [4, 16, 64, 256, 1024, 2048] : [256, 1024, 2048];
const FOLIOS = [1, 8, 16, 32, 64, 256, 512, 1024, 2048, 8192].slice(0, amount(8, 10));

test("the RFC's table by folio size, 42 cells: mean absolute error at most 5 %, none beyond 15 %", () => {
  const errors = KILOBYTES.flatMap((kilobytes) =>
    ROWS.map((row) => {
      const folio = kilobytes * 1024;
      const cell = { ...row, folio, folios: 2 ** 30 / folio };
      return errorOf(cell, rfcByFolio({ channels: 1, ...row }, formatSize(folio)));
    }),
  );
  assert.equal(errors.length, KILOBYTES.length * 7);
  assert.ok(mean(errors) <= MEAN_LIMIT && Math.max(...errors) <= WORST_LIMIT, `${errors}`);
});

test("the RFC's table by batch, 20 cells: mean absolute error at most 5 %, none beyond 15 %", () => {
  const errors = FOLIOS.flatMap((folios) =>
    ROWS.slice(0, 2).map((row) =>
      errorOf({ ...row, folio: 2 ** 21, folios }, rfcByBatch({ channels: 1, ...row }, folios)),
    ),
  );
  assert.equal(errors.length, FOLIOS.length * 2);
  assert.ok(mean(errors) <= MEAN_LIMIT && Math.max(...errors) <= WORST_LIMIT, `${errors}`);
});

test('every migrator moves every page, also where all of its content is simulated', () => {
  for (const migrator of ['serial', 'baseline', 'cpu', 'mtcopy', 'dcbm'] as const) {
    const figures = runMove(
      { migrator, channels: 3, threads: 3, folio: 16_384, folios: 300 },
      { ...SETTINGS, words: 1024 },
    );
    assert.equal(figures.wrongPages, 0);
    assert.equal(figures.fallbacks, 0);
    assert.equal(figures.bytes, 300 * 16_384);
  }
});

test('threads and channels help, and no more than there are', () => {
  const speed = (cell: Partial<MoveCell>): number =>
    runMove({ migrator: 'mtcopy', folio: 2 ** 21, folios: 64, ...cell }, SETTINGS).GBps;
  assert.ok(speed({ threads: 4 }) > 1.5 * speed({ threads: 1 }));
  assert.equal(speed({ threads: 64 }), speed({ threads: 128 }), 'the machine has 64 processors');
});

test('threads of one domain share its rate, and threads of several domains do not', () => {
  const packed = [1, 2, 4, 8].map((threads) =>
    errorOf({ migrator: 'mtcopy', folio: 2 ** 21, folios: 512, threads, placement: 'packed' }, 11),
  );
  const spread = [1, 2, 4, 8, 16].map((threads) =>
    errorOf({ migrator: 'mtcopy', folio: 2 ** 21, folios: 512, threads }, rfcByThreads(threads)),
  );
  assert.ok(Math.max(...packed) <= 0.06, `${packed}`);
  assert.ok(Math.max(...spread) <= WORST_LIMIT, `${spread}`);
});

test('helpers on busy processors start late and copy slower, and the batch still ends sooner than with one thread', () => {
  const cell = { migrator: 'mtcopy', folio: 2 ** 21, folios: 64, threads: 4 } as const;
  const [idle, busy, one] = [
    runMove(cell, SETTINGS),
    runMove(cell, { ...SETTINGS, busyCpus: 3 }),
    runMove({ ...cell, threads: 1 }, SETTINGS),
  ] as const;
  assert.ok(idle.ns < busy.ns, `${idle.ns} ${busy.ns}`);
  assert.ok(busy.ns < one.ns, `${busy.ns} ${one.ns}`);
  assert.deepEqual(runMove(cell, { ...SETTINGS, busyCpus: 3 }), busy, 'to the nanosecond');
});

test('a mapping of each folio needs a descriptor for each, and a call', () => {
  const cell = { migrator: 'dcbm', channels: 4, folio: 4096, folios: 1024 } as const;
  const time = (mapping: 'scatter-gather' | 'per-folio', mapNs: number): number => {
    const { topology, ...rest } = zen3();
    const profile = { ...rest, topology: { ...topology!, mapNs } };
    const { ns, wrongPages } = runMove({ ...cell, mapping }, { ...SETTINGS, profile });
    assert.equal(wrongPages, 0);
    return ns;
  };
  const { descriptorNs } = zen3().dma;
  // Each channel has 256 folios, 16 of them in a merged segment.
  const more = (256 - 16) * descriptorNs;
  const measured = time('per-folio', 0) - time('scatter-gather', 0);
  assert.ok(Math.abs(measured / more - 1) < 0.1, `${measured} ${more}`);
  assert.ok(Math.abs(time('scatter-gather', 1e6) - time('scatter-gather', 0) - 4 * 2e6) < 1e5);
  assert.ok(Math.abs(time('per-folio', 1000) - time('per-folio', 0) - 1024 * 2000) < 1e5);
});

test('the first folio arrives sooner in a smaller batch', () => {
  const cell = { migrator: 'baseline', folio: 2 ** 21, folios: 64 } as const;
  const first = [512, 4096, 32_768].map((batchPages) => runMove(cell, { ...SETTINGS, batchPages }));
  for (const [i, { firstFolioNs, ns }] of first.entries()) {
    assert.ok(firstFolioNs > 0 && firstFolioNs <= ns);
    if (i > 0) assert.ok(firstFolioNs > 3 * first[i - 1]!.firstFolioNs);
  }
});

test('what no machine of the profile can do is refused by name', () => {
  const small = { ...SETTINGS, profile: { ...zen3(), memory: { copyGBps: 100, nodePages: 1024 } } };
  for (const [cell, settings, argument] of [
    [{ folio: 2 ** 22, folios: 1 }, SETTINGS, 'folio'],
    [{ folio: 5000, folios: 1 }, SETTINGS, 'folio'],
    [{ folio: 2 ** 21, folios: 3 }, small, 'folios'],
    [{ folio: 4096, folios: 0 }, SETTINGS, 'folios'],
    [{ folio: 4096, folios: 1, channels: 17 }, SETTINGS, 'channels'],
  ] as const) {
    assert.throws(
      () => runMove({ migrator: 'dcbm', ...cell }, settings),
      (error) => error instanceof MigrationError && error.code === 'EINVAL' && error.argument === argument,
    );
  }
});

test('write-protected: every page arrives, readers wait for a piece instead of a batch, and it costs throughput', () => {
  const cell = { migrator: 'baseline', folio: 4096, folios: 8192 } as const;
  const settings = { ...SETTINGS, batchPages: 8192 };
  const exclusive = runMove(cell, settings);
  assert.equal(exclusive.readerWaitNs, exclusive.writerWaitNs);
  assert.deepEqual(runMove({ ...cell, copyMode: 'exclusive' }, settings), exclusive);
  let longest = Number.POSITIVE_INFINITY;
  for (const cutoverPages of [8192, 512, 32, 1]) {
    const through = runMove({ ...cell, copyMode: 'write-protected' }, { ...settings, cutoverPages });
    assert.equal(through.wrongPages, 0);
    assert.ok(through.GBps < exclusive.GBps);
    assert.ok(through.readerWaitNs < longest, `${through.readerWaitNs}`);
    assert.ok(through.writerWaitNs > exclusive.writerWaitNs);
    longest = through.readerWaitNs;
  }
  assert.ok(longest * 20 < exclusive.readerWaitNs);
});

test('write-protected: every migrator, also where all of the content is simulated', () => {
  for (const migrator of ['serial', 'baseline', 'cpu', 'mtcopy', 'dcbm'] as const) {
    const figures = runMove(
      { migrator, channels: 3, threads: 3, folio: 16_384, folios: 300, copyMode: 'write-protected' },
      { ...SETTINGS, words: 1024, depth: 2, batchPages: 256 },
    );
    assert.equal(figures.wrongPages, 0);
    assert.equal(figures.fallbacks, 0);
  }
});
