import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureOf, figurePaths, withFigures } from '../../src/sim/profile/with-figures.js';
import { zen3 } from './profiles.js';

test('a figure is changed, the profile has another name, and the one it came from is as it was', () => {
  const profile = zen3();
  const changed = withFigures(profile, { 'dma.iommu': 0, 'cpu.callNs': 1.5 });
  assert.equal(changed.dma.iommu, 0);
  assert.equal(changed.cpu.callNs, 1.5);
  assert.equal(changed.name, `${profile.name}, dma.iommu=0, cpu.callNs=1.5`);
  assert.deepEqual(profile, zen3());
  assert.deepEqual(
    { ...changed, name: '', dma: null, cpu: null },
    { ...profile, name: '', dma: null, cpu: null },
  );
});

test('what is so already changes nothing, not even the name', () => {
  const profile = zen3();
  for (const path of figurePaths()) {
    assert.equal(withFigures(profile, { [path]: figureOf(profile, path) }), profile, path);
  }
});

test('a figure that there is not, or that cannot be, is refused by its path', () => {
  for (const [path, value] of [
    ['dma.iommu', 2],
    ['dma.iommu', 0.5],
    ['cpu.callNs', -1],
    ['cpu.callNs', Number.NaN],
    ['memory.copyGBps', Number.POSITIVE_INFINITY],
    ['cpu', 1],
    ['', 1],
    ['cpu.callNs.more', 1],
    ['constructor.name', 1],
    ['cpu.toString', 1],
  ] as const) {
    assert.throws(
      () => withFigures(zen3(), { [path]: value }),
      { code: 'EINVAL', argument: path },
      `${path}=${value}`,
    );
  }
});
