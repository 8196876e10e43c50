import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../../src/common/migration-error.js';
import { axisOf, describeAxis, parseAxis, valueAt } from '../../../src/sim/sweep/axis.js';

const levels = (text: string) => parseAxis(text, '--vary').levels;

test('a list, a range, steps and logarithmic steps', () => {
  assert.deepEqual(levels('channels=1,4,4,2'), [1, 4, 2]);
  assert.deepEqual(levels('channels=2..5'), [2, 3, 4, 5]);
  assert.deepEqual(levels('cpu.copyGBps=1..3:5'), [1, 1.5, 2, 2.5, 3]);
  assert.deepEqual(levels('dma.descriptorNs=10..1000:log3'), [10, 100, 1000]);
  assert.deepEqual(levels('migrator=baseline,dcbm'), ['baseline', 'dcbm']);
});

test('sizes have units, and a range of them the powers of two', () => {
  assert.deepEqual(levels('folio=4K..32K'), [4096, 8192, 16_384, 32_768]);
  assert.deepEqual(levels('batch=3M..16M'), [3 * 2 ** 20, 2 ** 22, 2 ** 23, 2 ** 24]);
  // Between the ends they fit every folio.
  assert.deepEqual(levels('bytes=1M..9M:3'), [2 ** 20, 6 * 2 ** 20, 9 * 2 ** 20]);
});

test('whole numbers stay whole, and no value comes twice', () => {
  assert.deepEqual(levels('channels=1..4:log16'), [1, 2, 3, 4]);
});

test('a range without steps is continuous, in its domain, from one end to the other', () => {
  const axis = parseAxis('dma.descriptorNs=100..10000:log', '--vary');
  assert.deepEqual(axis.range, { min: 100, max: 10_000, scale: 'log' });
  assert.equal(valueAt(axis, 0), 100);
  assert.equal(valueAt(axis, 0.5), 1000);
  assert.equal(describeAxis(axis), '100..10000, logarithmic');
});

test('an axis of values takes each with the same probability', () => {
  const axis = axisOf('channels', [1, 2, 4, 8], '--channels');
  assert.deepEqual(
    [0, 0.24, 0.25, 0.5, 0.999].map((part) => valueAt(axis, part)),
    [1, 1, 2, 4, 8],
  );
});

for (const [text, argument, says] of [
  ['dma.setupNs=5..6', '--vary', /unknown name 'dma\.setupNs'.*dma\.descriptorNs, dma\.submitNs/],
  ['speed=1', '--vary', /unknown name 'speed'.*folio, migrator/],
  ['channels', '--vary channels', /has no values.*channels=1,2,4/],
  ['channels=', '--vary channels', /has no values/],
  ['channels=0', '--vary channels', /'0' is not a value of it.*whole number from 1 to 16/],
  ['channels=1.5', '--vary channels', /'1\.5' is not a value/],
  ['channels=8..2', '--vary channels', /does not ascend/],
  ['channels=1..16:1', '--vary channels', /1 steps are not possible/],
  ['folio=5K', '--vary folio', /a power of two from 4K to 2M/],
  ['migrator=dma', '--vary migrator', /one of serial, baseline/],
  ['migrator=cpu..dcbm', '--vary migrator', /words, which have no range/],
  ['dma.submitNs=0..10:log4', '--vary dma.submitNs', /cannot start at 0/],
  ['dma.submitNs=1e400', '--vary dma.submitNs', /is not a value/],
  ['dma.iommu=0..1:exp4', '--vary dma.iommu', /'1:exp4' is not a value/],
] as const) {
  test(`'${text}' is refused`, () => {
    assert.throws(
      () => parseAxis(text, '--vary'),
      (error) => {
        assert.ok(error instanceof MigrationError);
        assert.equal(error.code, 'EINVAL');
        assert.equal(error.argument, argument);
        assert.match(error.message, says);
        return true;
      },
    );
  });
}
