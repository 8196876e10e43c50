import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dashboard } from '../../src/dashboard/dashboard.js';
import type {
  AutopilotState,
  LiveState,
  LiveTick,
  MigrationRequest,
  MigrationState,
} from '../../src/dashboard/messages.js';
import { serveDashboard } from '../../src/dashboard.js';
import { type Ferry, openFerry, startAutopilot } from '../../src/index.js';
import { LIMIT, withFerry } from '../ferry/support/fixture.js';
import { eventsOf, type LiveEvent } from './support/live-events.js';
import { ask } from './support/open-dashboard.js';
import { BYTES, post } from './support/real-ferry-scenes.js';

async function migrations(dashboard: Dashboard): Promise<MigrationState[]> {
  return JSON.parse((await ask(dashboard, '/api/migrations')).body) as MigrationState[];
}

async function ended(dashboard: Dashboard, id: number): Promise<MigrationState> {
  for (;;) {
    const state = (await migrations(dashboard)).find((one) => one.id === id)!;
    if (state.status !== 'running') return state;
  }
}

test(
  'a region is migrated, exclusively and write-protected, and found where it was sent',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const buffer = new SharedArrayBuffer(BYTES);
      new Uint8Array(buffer).fill(7);
      const region = ferry.adopt(buffer, { name: 'seven' });
      const dashboard = await serveDashboard(ferry);
      const ways: Partial<MigrationRequest>[] = [{}];
      if (ferry.capabilities.writeProtection) ways.push({ copyMode: 'write-protected' });
      for (const [round, way] of ways.entries()) {
        const to = (round + 1) % 2;
        const started = await post<MigrationState>(dashboard, '/api/migrations', {
          region: region.id,
          to,
          ...way,
        });
        assert.equal(started.status, 201);
        const state = await ended(dashboard, started.body.id);
        assert.equal(state.status, 'done');
        assert.equal(state.bytesInAll, region.migratableBytes);
        assert.deepEqual(state.failures, {});
        // The page at each end is the buffer's in part only, and stays.
        const pages = JSON.parse((await ask(dashboard, `/api/regions/${region.id}/pages`)).body) as object;
        assert.deepEqual(Object.keys(pages), [String(to)]);
        assert.ok(Object.values(pages)[0] >= 254);
      }
      assert.ok(new Uint8Array(buffer).every((byte) => byte === 7));
    });
  },
);

test(
  'a migration that goes to and fro is stopped, and is what the ferry was closed over',
  LIMIT,
  async () => {
    await withFerry({}, async (ferry) => {
      const region = ferry.adopt(new SharedArrayBuffer(BYTES));
      const dashboard = await serveDashboard(ferry);
      const request = { region: region.id, to: 1, repeat: true };
      const { body } = await post<MigrationState>(dashboard, '/api/migrations', request);
      const again = await post<{ code: string }>(dashboard, '/api/migrations', request);
      assert.equal(again.body.code, 'EBUSY');
      assert.equal((await ask(dashboard, `/api/migrations/${body.id}`, { method: 'DELETE' })).status, 204);
      assert.equal((await migrations(dashboard))[0]!.status, 'stopped');
      await post(dashboard, '/api/migrations', request);
      await ferry.close();
      await assert.rejects(ask(dashboard, '/api/migrations'), { code: 'ECONNREFUSED' });
    });
  },
);

test('what cannot be migrated so is refused before anything moves', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(new SharedArrayBuffer(BYTES));
    const dashboard = await serveDashboard(ferry);
    const wrong: [object, string, string][] = [
      [{ region: 99, to: 1 }, 'ENOENT', 'region'],
      [{ region: region.id, to: 7 }, 'ENODEV', 'to'],
      [{ region: region.id, to: 1, reason: 'boredom' }, 'EINVAL', 'reason'],
      [{ region: region.id, to: 1, copyMode: 'both' }, 'EINVAL', 'copyMode'],
      [{ region: region.id, to: 1, batchBytes: 0 }, 'EINVAL', 'batchBytes'],
      [{ region: region.id, to: 1, repeat: 1 }, 'EINVAL', 'repeat'],
      [{ region: region.id, to: 1, signal: {} }, 'EINVAL', 'signal'],
    ];
    for (const [request, code, argument] of wrong) {
      const { status, body } = await post<{ code: string; message: string }>(
        dashboard,
        '/api/migrations',
        request,
      );
      assert.ok(status >= 400 && status < 500, String(status));
      assert.equal(body.code, code, body.message);
      assert.ok(body.message.includes(argument), body.message);
    }
    assert.deepEqual(await migrations(dashboard), []);
    assert.equal(ferry.stats().batches, 0);
  });
});

test('a closed ferry cannot be served, nor what is no ferry', LIMIT, async () => {
  const ferry = await openFerry();
  await ferry.close();
  await assert.rejects(serveDashboard(ferry), { code: 'EBADF' });
  for (const value of [undefined, null, 'ferry', {}, { parameters: ferry.parameters }]) {
    const refused = { code: 'EINVAL', argument: 'ferry', operation: 'serveDashboard' };
    await assert.rejects(serveDashboard(value as unknown as Ferry), refused);
  }
});

test('a page is sent the autopilots of the ferry, with what they may do and why', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const dashboard = await serveDashboard(ferry);
    const region = ferry.adopt(new SharedArrayBuffer(BYTES));
    const stream = new AbortController();
    const events = eventsOf(dashboard, stream.signal);
    const first = (await events.next()).value as LiveEvent;
    assert.deepEqual((first.data as LiveState).autopilots, []);
    const autopilot = startAutopilot(ferry, { epochMs: 10, policy: 'recency' });
    let seen: AutopilotState | undefined;
    for await (const { data } of events) {
      [seen] = (data as LiveTick).autopilots ?? [];
      if (seen !== undefined && seen.bytes > 0) break;
    }
    stream.abort();
    assert.deepEqual(
      [seen!.state, seen!.policy, seen!.bytes],
      ['running', 'recency', region.migratableBytes],
    );
    assert.deepEqual(seen!.actuators.map(({ name }) => name).sort(), ['hugePages', 'nodes', 'pageOut']);
    assert.ok(seen!.actuators.every(({ why }) => why.length > 10));
    await autopilot.stop();
  });
});
