import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPolicy } from '../../../src/policy/policies.js';
import { runPolicy } from '../../../src/sim/tiering/tiering.js';
import { settingsOf } from './machine.js';
import { UNIT } from './support/shadows-scenes.js';

test('a program that writes to all of its hot memory gains nothing', () => {
  const settings = settingsOf('gups');
  const plain = runPolicy(createPolicy('auto'), settings);
  const shadows = runPolicy(createPolicy('auto'), { ...settings, shadows: true });
  assert.ok(shadows.nsPerOperation >= plain.nsPerOperation);
});

test('a slow node that is nearly full has room for few copies', () => {
  const settings = settingsOf('graph', { shadows: true });
  const roomy = runPolicy(createPolicy('recency'), settings);
  const tight = runPolicy(createPolicy('recency'), { ...settings, slowPart: 0.78 });
  // All nodes together have 103 % of the program's memory.
  const { bytes } = settings.program;
  assert.ok(tight.maxShadowBytes <= (0.78 + settings.fastPart - 1) * bytes + UNIT);
  assert.ok(tight.maxShadowBytes < roomy.maxShadowBytes);
  assert.ok(tight.copiedBytes > roomy.copiedBytes);
});
