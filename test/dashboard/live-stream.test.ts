import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP_LIMITS } from '../../src/dashboard/limits.js';
import type { LiveState, LiveTick } from '../../src/dashboard/messages.js';
import { eventsOf } from './support/live-events.js';
import { IS_DISCONNECTED_CASES, isDisconnected } from './support/live-stream-scenes.js';
import { openDashboard } from './support/open-dashboard.js';

test('a stream begins with everything, and then says what has changed', async (context) => {
  const opened = await openDashboard(context);
  const { ferry } = opened;
  const end = new AbortController();
  context.after(() => end.abort());
  const events = eventsOf(opened.dashboard, end.signal);
  const first = (await events.next()).value!;
  assert.equal(first.event, 'state');
  const state = first.data as LiveState;
  assert.equal(state.nodes.length, 2);
  assert.equal(state.nodes[0]!.bytesFree, -1);
  assert.equal(state.bench, false);
  ferry.counters.add('bytes_moved', 4096);
  await ferry.parameters.set('module/dcbm/parameters/nr_dma_chan', 8);
  const seen: { stats?: LiveTick['stats']; parameters?: LiveTick['parameters'] } = {};
  while (seen.stats === undefined || seen.parameters === undefined) {
    const { event, data } = (await events.next()).value!;
    assert.equal(event, 'tick');
    Object.assign(seen, data);
  }
  assert.deepEqual(seen.stats, { bytes_moved: 4096 });
  assert.deepEqual(seen.parameters, { 'module/dcbm/parameters/nr_dma_chan': '8' });
  // Said once.
  const { data } = (await events.next()).value!;
  assert.equal((data as LiveTick).stats, undefined);
  assert.equal((data as LiveTick).parameters, undefined);
});

test('batches are recorded while somebody looks, and not otherwise', async (context) => {
  const opened = await openDashboard(context);
  assert.equal(opened.ferry.ring.on, false);
  const end = new AbortController();
  const events = eventsOf(opened.dashboard, end.signal);
  await events.next();
  assert.equal(opened.ferry.ring.on, true);
  end.abort();
  await assert.rejects(async () => {
    while (!(await events.next()).done);
  });
  while (opened.ferry.ring.on) await new Promise((resolve) => setImmediate(resolve));
});

isDisconnected(IS_DISCONNECTED_CASES.slice(0, 1));

test('more pages than there may be are refused', async (context) => {
  const opened = await openDashboard(context);
  const end = new AbortController();
  context.after(() => end.abort());
  for (let i = 0; i < HTTP_LIMITS.streams; i++) await eventsOf(opened.dashboard, end.signal).next();
  const { dashboard } = opened;
  const response = await fetch(`http://127.0.0.1:${dashboard.port}/api/live`, {
    headers: { authorization: `Bearer ${dashboard.token}` },
  });
  assert.equal(response.status, 409);
});

test('closing ends the streams, and does not wait for whoever does not read', async (context) => {
  const opened = await openDashboard(context);
  const events = eventsOf(opened.dashboard, new AbortController().signal);
  await events.next();
  const drained = assert.rejects(async () => {
    while (!(await events.next()).done);
  });
  await opened.dashboard.close();
  await drained;
  assert.equal(opened.ferry.ring.on, false);
});
