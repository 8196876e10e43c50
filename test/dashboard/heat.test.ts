import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Refusal } from '../../src/dashboard/messages.js';
import { serveDashboard } from '../../src/dashboard.js';
import { MigrationError } from '../../src/index.js';
import { LIMIT, MIB, withFerry } from '../ferry/support/fixture.js';
import { Viewer } from './support/heat-scenes.js';
import { ask } from './support/open-dashboard.js';

test('pages are told when a region is released, and it is unknown then', LIMIT, async (context) => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(4 * MIB));
    const dashboard = await serveDashboard(ferry);
    const viewers = [await Viewer.open(context, dashboard), await Viewer.open(context, dashboard)];
    for (const viewer of viewers) await viewer.watch(region.id);
    await viewers[0]!.heat();
    await region.release();
    for (const viewer of viewers) {
      assert.deepEqual(await viewer.heatEnd(), { region: region.id, reason: 'released', problem: null });
      const { status, refusal } = await viewer.watch(region.id);
      assert.deepEqual([status, refusal?.code], [404, 'ENOENT']);
      assert.match(refusal!.message, /^region: unknown region/);
      assert.equal(await viewer.stop(), 204);
    }
  });
});

test('what cannot be watched is refused, or ends with the reason', LIMIT, async (context) => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(4 * MIB));
    const viewer = await Viewer.open(context, await serveDashboard(ferry));
    for (const [wrong, status, argument] of [
      [99, 404, 'region'],
      [undefined, 400, 'region'],
      ['1', 400, 'region'],
      [1.5, 400, 'region'],
    ] as const) {
      const answer = await viewer.watch(wrong);
      assert.equal(answer.status, status, String(wrong));
      assert.ok(answer.refusal!.message.startsWith(`${argument}: `), answer.refusal!.message);
    }
    // A stream that there is not, any more or yet.
    for (const method of ['PUT', 'DELETE']) {
      const { status, body } = await ask(viewer.dashboard, `/api/live/${viewer.stream + 1}/heat`, {
        method,
        ...(method === 'PUT'
          ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ region: region.id }) }
          : {}),
      });
      assert.equal(status, 404);
      assert.match((JSON.parse(body) as Refusal).message, /^stream: unknown stream/);
    }
    // This host can watch this memory. So the errors of hosts and memory that cannot are made up.
    const problem = new MigrationError('EOPNOTSUPP', 'this memory is not watched', { operation: 'heat' });
    const refused = context.mock.method(region, 'heat', () => {
      throw problem;
    });
    const { status, refusal } = await viewer.watch(region.id);
    assert.deepEqual([status, refusal?.code], [405, 'EOPNOTSUPP']);
    refused.mock.mockImplementation(() => failing(problem));
    assert.equal((await viewer.watch(region.id)).status, 204);
    assert.deepEqual(await viewer.heatEnd(), {
      region: region.id,
      reason: 'failed',
      problem: { code: 'EOPNOTSUPP', message: 'this memory is not watched' },
    });
    refused.mock.restore();
    assert.equal((await viewer.watch(region.id)).status, 204);
    assert.equal((await viewer.heat()).region, region.id);
  });
});

// biome-ignore lint/correctness/useYield: it fails before its first result
async function* failing(problem: MigrationError): AsyncGenerator<never, undefined> {
  await null;
  throw problem;
}
