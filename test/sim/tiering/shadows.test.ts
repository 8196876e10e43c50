import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPolicy } from '../../../src/policy/policies.js';
import { Shadows } from '../../../src/sim/tiering/shadows.js';
import { runPolicy } from '../../../src/sim/tiering/tiering.js';
import { PLAIN_COSTS, settingsOf } from './machine.js';
import { UNIT } from './support/shadows-scenes.js';

test('a promoted unit keeps a copy until it is written to, folio by folio', () => {
  const shadows = new Shadows(4, 4096, () => UNIT);
  shadows.promoted(1, 0);
  assert.equal(shadows.cleanPart(1), 1);
  assert.equal(shadows.bytes, UNIT);
  assert.equal(shadows.write(1, 0), 0);
  assert.equal(shadows.write(2, 100), 0);
  // As many writes as folios, at random places: 1/e of the folios are still clean.
  const faults = shadows.write(1, 512);
  assert.ok(Math.abs(shadows.cleanPart(1) - Math.exp(-1)) < 1e-12);
  assert.ok(Math.abs(faults - 512 * (1 - Math.exp(-1))) < 1e-9);
  assert.ok(Math.abs(shadows.bytes - UNIT * Math.exp(-1)) < 1e-6);
  // Each folio faults once.
  assert.ok(Math.abs(faults + shadows.write(1, 1e6) - 512) < 1e-9);
  assert.equal(shadows.cleanPart(1), 0);
  assert.ok(Math.abs(shadows.bytes) < 1e-6);
});

test('a folio of the size of the unit loses its copy by one write', () => {
  const shadows = new Shadows(1, UNIT, () => UNIT);
  shadows.promoted(0, 0);
  assert.equal(shadows.write(0, 1), 1);
  assert.equal(shadows.cleanPart(0), 0);
});

test('memory that is needed is taken from the oldest copies', () => {
  const shadows = new Shadows(3, 4096, () => UNIT);
  for (const [unit, atMs] of [
    [2, 100],
    [0, 200],
    [1, 300],
  ] as const)
    shadows.promoted(unit, atMs);
  shadows.shrink(3 * UNIT);
  assert.equal(shadows.bytes, 3 * UNIT);
  shadows.shrink(2 * UNIT);
  assert.deepEqual(
    [0, 1, 2].map((unit) => shadows.cleanPart(unit)),
    [1, 1, 0],
  );
  shadows.shrink(0);
  assert.equal(shadows.bytes, 0);
});

test('a program that writes nothing copies each unit at its first promotion, and never again', () => {
  const settings = settingsOf('scan');
  const plain = runPolicy(createPolicy('recency'), settings);
  const shadows = runPolicy(createPolicy('recency'), { ...settings, shadows: true });
  assert.equal(plain.copiedBytes, plain.promotedBytes + plain.demotedBytes);
  assert.equal(plain.maxShadowBytes, 0);
  // Only memory that was on the fast node from the start is copied when it is demoted.
  const first = settings.program.bytes * settings.fastPart;
  assert.ok(shadows.copiedBytes >= shadows.promotedBytes);
  assert.ok(shadows.copiedBytes <= shadows.promotedBytes + first, `${shadows.copiedBytes}`);
  assert.ok(shadows.nsPerOperation < plain.nsPerOperation);
  assert.ok(shadows.maxShadowBytes > 0 && shadows.maxShadowBytes <= first);
});

test('a move without a copy takes less time, but still unmaps and maps', () => {
  const { copyless } = PLAIN_COSTS;
  for (const bytes of [4096, 2 ** 21, 2 ** 26]) {
    const [copied, without] = [PLAIN_COSTS.of(bytes), copyless.of(bytes)];
    assert.ok(without.wallNs < copied.wallNs && without.wallNs > copied.wallNs / 20, `${bytes}`);
    assert.ok(without.outNs < copied.outNs);
  }
});
