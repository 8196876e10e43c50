import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { HTTP_LIMITS } from '../../src/dashboard/limits.js';
import type { LiveTick } from '../../src/dashboard/messages.js';
import { eventsOf } from './support/live-events.js';
import {
  fallenBehind,
  IS_DISCONNECTED_CASES,
  isDisconnected,
  keepAlive,
} from './support/live-stream-scenes.js';
import { openDashboard } from './support/open-dashboard.js';

/** Bytes by which each tick of the next test is longer than others: the kernel's socket buffers hold some MB. */
const LONG_TICK = 2 ** 21;

const MAX_TICKS = 100;

test('a client that does not read gets no more ticks, and the others get theirs', async (context) => {
  const opened = await openDashboard(context);
  const { dashboard, ferry } = opened;
  keepAlive(context);
  const accepted = new Promise<ServerResponse>((resolve) => {
    const onRequest = (message: unknown) => resolve((message as { response: ServerResponse }).response);
    subscribe('http.server.request.start', onRequest);
    context.after(() => unsubscribe('http.server.request.start', onRequest));
  });
  const deaf = connect(dashboard.port, '127.0.0.1').pause();
  context.after(() => deaf.destroy());
  await once(deaf, 'connect');
  deaf.write(
    `GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:${dashboard.port}\r\nAuthorization: Bearer ${dashboard.token}\r\n\r\n`,
  );
  const response = await accepted;
  const end = new AbortController();
  context.after(() => end.abort());
  const events = eventsOf(opened.dashboard, end.signal);
  await events.next();
  let batches = 0;
  /** Waits for the tick of another client that reports one more batch. */
  const nextTick = async (): Promise<void> => {
    ferry.counters.add('batches', 1);
    batches++;
    let seen: number | undefined;
    while (seen === undefined) {
      const { stats = {} } = (await events.next()).value!.data as LiveTick;
      ({ batches: seen } = stats);
    }
    assert.equal(seen, batches);
  };
  const { stats } = ferry;
  context.mock.method(ferry, 'stats', () => ({ ...stats.call(ferry), ['x'.repeat(LONG_TICK)]: batches }));
  for (let i = 0; i < MAX_TICKS && response.writableLength <= HTTP_LIMITS.streamBehind; i++) await nextTick();
  const queued = response.writableLength;
  assert.ok(queued > HTTP_LIMITS.streamBehind, 'the client has read');
  for (let i = 0; i < 3; i++) await nextTick();
  assert.ok(response.writableLength <= queued, 'more is queued for it');
  assert.equal(response.destroyed, false);
});

test('a client that fell behind gets a new state when it has caught up', async (context) => {
  const { client, other } = await fallenBehind(context);
  const { written } = client;
  client.writableLength = 1;
  for (let i = 0; i < 3; i++) await other.next();
  assert.equal(client.written, written);
  client.writableLength = 0;
  assert.match(await client.next(), /^event: state/);
  assert.match(await client.next(), /^event: tick/);
});

isDisconnected(IS_DISCONNECTED_CASES.slice(1));
