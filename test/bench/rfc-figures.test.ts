import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rfcByBatch, rfcByFolio } from '../../src/sim/experiments/rfc-figures.js';

const BASELINE = { migrator: 'baseline', channels: 1 };
const dcbm = (channels: number) => ({ migrator: 'dcbm', channels });

test('the figures of the first and second table are found by folio size and channels', () => {
  assert.equal(rfcByFolio(BASELINE, '4K'), 3.55);
  assert.equal(rfcByFolio(BASELINE, '2M'), 10.88);
  assert.equal(rfcByFolio(dcbm(1), '4K'), 2.63);
  assert.equal(rfcByFolio(dcbm(8), '256K'), 12.99);
  assert.equal(rfcByFolio(dcbm(16), '2M'), 66.86);
});

test('those of the third by folios per call', () => {
  assert.equal(rfcByBatch(BASELINE, 1), 7.34);
  assert.equal(rfcByBatch(dcbm(1), 8192), 12.82);
});

test('what the RFC did not measure has no figure', () => {
  assert.equal(rfcByFolio(dcbm(3), '4K'), undefined);
  assert.equal(rfcByFolio(dcbm(1), '8K'), undefined);
  assert.equal(rfcByFolio(BASELINE, '8K'), undefined);
  assert.equal(rfcByFolio({ migrator: 'cpu', channels: 1 }, '4K'), undefined);
  assert.equal(rfcByBatch(dcbm(2), 64), undefined);
  assert.equal(rfcByBatch(BASELINE, 128), undefined);
  assert.equal(rfcByBatch({ migrator: 'serial', channels: 1 }, 64), undefined);
});
