import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { openFerry } from '../../src/index.js';
import { registerMetrics } from '../../src/metrics.js';
import { LIMIT, refusal, withFerry } from '../ferry/support/fixture.js';
import { OWN, programRegistry } from './support/register-metrics-scenes.js';

test('names are as Prometheus wants them', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const registry = new Registry();
    await registerMetrics(ferry, registry);
    const metrics = await registry.getMetricsAsJSON();
    assert.ok(metrics.length > 30);
    for (const { name, type } of metrics as unknown as { name: string; type: string }[]) {
      assert.match(name, /^pageferry_[a-z]+(?:_[a-z]+)*$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      // Base units, which come last.
      assert.doesNotMatch(name, /_(?:ns|ms|us|milliseconds|kilobytes|kb|mb)(?:_|$)/, name);
      if (/bytes|seconds/.test(name)) assert.match(name, /_(?:bytes|seconds)(?:_total)?$/, name);
    }
  });
});

test('closing the ferry takes its metrics out', LIMIT, async () => {
  const registry = programRegistry();
  const ferry = await openFerry();
  await registerMetrics(ferry, registry);
  await ferry.close();
  assert.equal(await registry.metrics(), OWN);
  await assert.rejects(registerMetrics(ferry, registry), refusal('EBADF'));
});

test('a registry that has one of the names is left as it was', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    await withFerry({}, async (other) => {
      const registry = programRegistry();
      await registerMetrics(ferry, registry);
      const before = registry.getMetricsAsArray();
      await assert.rejects(registerMetrics(other, registry), refusal('EEXIST', 'registry'));
      assert.deepEqual(registry.getMetricsAsArray(), before);
    });
  });
});
