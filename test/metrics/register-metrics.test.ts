import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { registerMetrics } from '../../src/metrics.js';
import { fill } from '../ferry/support/content.js';
import { LIMIT, MIB, refusal, withFerry } from '../ferry/support/fixture.js';
import { OWN, programRegistry } from './support/register-metrics-scenes.js';

test(
  "a program's registry has a ferry's metrics beside its own, until the registration is closed",
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const registry = programRegistry();
      const registration = await registerMetrics(ferry, registry);
      const region = ferry.allocate(8 * MIB);
      fill(region.buffer);
      const { bytesMoved } = await region.migrate({ to: 1 });
      const text = await registry.metrics();
      assert.ok(text.startsWith(OWN));
      assert.match(text, new RegExp(`^pageferry_moved_bytes_total ${bytesMoved}$`, 'm'));
      assert.match(text, /^pageferry_batch_phase_seconds_count\{phase="map"\} [1-9]/m);
      await registration.close();
      assert.equal(await registry.metrics(), OWN);
      const reader = ferry.events();
      const { head } = reader;
      reader.close();
      await region.migrate({ to: 0 });
      assert.equal(reader.head, head, 'nothing is recorded any more');
      // There is room again; to close the old one once more changes nothing.
      const again = await registerMetrics(ferry, registry);
      await registration.close();
      assert.match(await registry.metrics(), /^pageferry_batches_total [1-9]/m);
      await again[Symbol.asyncDispose]();
      assert.equal(await registry.metrics(), OWN);
    });
  },
);

test('what is no registry, or no ferry, is refused', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const throwing = Object.defineProperty({}, 'registerMetric', {
      get() {
        throw new Error('mine');
      },
    });
    for (const value of [undefined, null, 5, {}, { registerMetric() {} }, throwing]) {
      await assert.rejects(registerMetrics(ferry, value as Registry), refusal('EINVAL', 'registry'));
    }
    for (const value of [undefined, null, {}]) {
      await assert.rejects(
        registerMetrics(value as unknown as typeof ferry, new Registry()),
        refusal('EINVAL', 'ferry'),
      );
    }
  });
});

test('prom-client is not loaded before metrics are registered', () => {
  const url = new URL('../../src/metrics.js', import.meta.url);
  const script = `
    import { createRequire } from 'node:module';
    await import(${JSON.stringify(url.href)});
    const { cache } = createRequire(import.meta.url);
    const loaded = () => Object.keys(cache).some((file) => file.includes('prom-client'));
    const before = loaded();
    await import('prom-client');
    console.log(before, loaded());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: new URL('../../../', import.meta.url),
  });
  assert.equal(stdout, 'false true\n', stderr);
});
