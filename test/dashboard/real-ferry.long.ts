import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveDashboard } from '../../src/dashboard.js';
import { LIMIT, withFerry } from '../ferry/support/fixture.js';
import { ask } from './support/open-dashboard.js';
import { BYTES, post } from './support/real-ferry-scenes.js';

test('a migrator is registered, swapped and taken out', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const dashboard = await serveDashboard(ferry);
    for (const [name, width] of [
      ['mtcopy', { threads: 2 }],
      ['dcbm', { channels: 2 }],
    ] as const) {
      assert.equal((await post(dashboard, '/api/migrator', { name, ...width }, 'PUT')).status, 204);
      assert.equal(ferry.activeMigrator, name);
    }
    assert.equal((await ask(dashboard, '/api/migrator', { method: 'DELETE' })).status, 204);
    assert.equal(ferry.activeMigrator, undefined);
    assert.equal((await ask(dashboard, '/api/migrator', { method: 'DELETE' })).status, 400);
  });
});

test('Prometheus reads the counters with a token that the program has chosen', LIMIT, async () => {
  const token = 'prometheus-has-been-told-this-token';
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(BYTES));
    new Uint8Array(region.buffer).fill(1);
    const dashboard = await serveDashboard(ferry, { token });
    assert.equal(dashboard.token, token);
    const { status, headers, body } = await ask(dashboard, '/metrics');
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
    assert.match(body, /^pageferry_pgmigrate_success_total 0$/m);
    await region.migrate({ to: 1 });
    const after = (await ask(dashboard, '/metrics')).body;
    assert.match(
      after,
      new RegExp(`^pageferry_pgmigrate_success_total ${region.migratableBytes / 4096}$`, 'm'),
    );
    assert.match(after, /^pageferry_batch_phase_seconds_count\{phase="move"\} [1-9]/m);
  });
});
