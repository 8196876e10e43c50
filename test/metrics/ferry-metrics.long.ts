import assert from 'node:assert/strict';
import { test } from 'node:test';
import { register } from 'prom-client';
import { FerryMetrics } from '../../src/metrics/ferry-metrics.js';
import { LIMIT, withFerry } from '../ferry/support/fixture.js';
import { samples } from './support/ferry-metrics-scenes.js';

test('nothing goes into the registry that all share, and several ferries have one each', LIMIT, async () => {
  await withFerry({}, async (one) => {
    await withFerry({}, async (other) => {
      const [first, second] = [new FerryMetrics(one), new FerryMetrics(other)];
      assert.equal(register.getMetricsAsArray().length, 0);
      assert.match(first.contentType, /^text\/plain; version=0\.0\.4/);
      assert.equal(samples(await second.text()).get('pageferry_pgmigrate_success_total'), 0);
      first.close();
      second.close();
      second.close();
    });
  });
});
