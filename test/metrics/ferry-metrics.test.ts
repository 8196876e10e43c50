import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FerryMetrics } from '../../src/metrics/ferry-metrics.js';
import { counterName } from '../../src/metrics/stat-counters.js';
import { MIGRATE_STATS } from '../../src/mm/stats.js';
import { fill } from '../ferry/support/content.js';
import { LIMIT, MIB, withFerry } from '../ferry/support/fixture.js';
import { samples } from './support/ferry-metrics-scenes.js';

test('counters: every one of ferry.stats(), by names as Prometheus wants them', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const metrics = new FerryMetrics(ferry);
    await ferry.registerMigrator({ name: 'error', failBatch: 2 });
    const buffer = new SharedArrayBuffer(8 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    await region.migrate({ to: 1 });
    const found = samples(await metrics.text());
    const stats = ferry.stats();
    assert.ok(stats.pgmigrate_success > 0 && stats.fallbacks_failed > 0);
    for (const stat of MIGRATE_STATS) {
      if (stat.startsWith('nr_')) continue;
      const cause = /^fallbacks_(.+)$/.exec(stat)?.[1];
      if (stat === 'fallbacks') continue;
      const name = cause === undefined ? counterName(stat) : `pageferry_fallbacks_total{cause="${cause}"}`;
      const expected = stat.endsWith('_ns') ? stats[stat] * 1e-9 : stats[stat];
      assert.equal(found.get(name), expected, name);
    }
    for (const name of [
      'pageferry_pgmigrate_success_total',
      'pageferry_pgmigrate_fail_total',
      'pageferry_thp_migration_success_total',
      'pageferry_thp_migration_split_total',
    ]) {
      assert.ok(found.has(name), name);
    }
    assert.ok(found.has('pageferry_unmap_seconds_total'));
    assert.equal(found.get('pageferry_moved_bytes_total'), stats.bytes_moved);
    metrics.close();
  });
});

test('gauges: pools by node, the active migrator, parameters that are numbers', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const metrics = new FerryMetrics(ferry);
    const before = samples(await metrics.text());
    assert.equal(before.get('pageferry_migrator_active{migrator="none"}'), 1);
    await ferry.registerMigrator({ name: 'dcbm', channels: 3 });
    const found = samples(await metrics.text());
    assert.equal(found.get('pageferry_migrator_active{migrator="dcbm"}'), 1);
    assert.ok(!found.has('pageferry_migrator_active{migrator="none"}'));
    for (const { id, numaNode, emulated, bytesPooled } of ferry.nodes) {
      const labels = `{node="${id}",numa_node="${numaNode}",emulated="${emulated}"}`;
      assert.equal(found.get(`pageferry_pool_pooled_bytes${labels}`), bytesPooled);
      assert.ok(found.has(`pageferry_pool_free_bytes${labels}`));
    }
    const path = (name: string) => `pageferry_parameter{path="module/${name}"}`;
    assert.equal(found.get(path('dcbm/parameters/nr_dma_chan')), 3);
    assert.equal(found.get(path('dcbm/parameters/offloading')), 1);
    assert.equal(found.has(path('dcbm/parameters/reason_mask')), false, 'all is no number');
    metrics.close();
  });
});

test('histogram: each batch is once in each of its phases, while the metrics are open', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const metrics = new FerryMetrics(ferry);
    const buffer = new SharedArrayBuffer(8 * MIB);
    const region = ferry.adopt(buffer);
    fill(buffer);
    await region.migrate({ to: 1 });
    const { batches } = ferry.stats();
    const found = samples(await metrics.text());
    for (const phase of ['isolate', 'destinations', 'unmap', 'flush', 'move', 'map', 'putback']) {
      assert.equal(found.get(`pageferry_batch_phase_seconds_count{phase="${phase}"}`), batches, phase);
      assert.equal(found.get(`pageferry_batch_phase_seconds_bucket{le="+Inf",phase="${phase}"}`), batches);
    }
    assert.equal(found.get('pageferry_events_lost_total'), 0);
    metrics.close();
    const reader = ferry.events();
    const { head } = reader;
    reader.close();
    await region.migrate({ to: 0 });
    assert.equal(reader.head, head, 'nothing is recorded any more');
  });
});
