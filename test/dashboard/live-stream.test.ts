import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, on, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { HTTP_LIMITS } from '../../src/dashboard/limits.js';
import { LiveStream } from '../../src/dashboard/live/live-stream.js';
import type { LiveState, LiveTick } from '../../src/dashboard/messages.js';
import { FakeFerry } from './support/fake-ferry.js';
import { eventsOf } from './support/live-events.js';
import { openDashboard } from './support/open-dashboard.js';

/** An answer whose client takes what it is told to take. */
class FakeResponse extends EventEmitter {
  writableLength = 0;
  written = 0;
  closed = false;

  write(text: string): void {
    this.written++;
    this.emit('written', text);
  }

  destroy(): void {
    this.closed = true;
    this.emit('close');
  }

  readonly #texts = on(this, 'written');

  async next(): Promise<string> {
    return String(((await this.#texts.next()).value as [string])[0]);
  }
}

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

/** Neither a stream nor a client that reads nothing keeps the process alive. */
function keepAlive(context: TestContext): void {
  const alive = setInterval(() => undefined, 1000);
  context.after(() => clearInterval(alive));
}

/** A stream with a client that was found to be too far behind, and another one that is served. */
async function fallenBehind(context: TestContext) {
  const stream = new LiveStream(new FakeFerry(), { migrations: () => [] });
  keepAlive(context);
  context.after(() => stream.close());
  const client = new FakeResponse();
  stream.add(client as unknown as ServerResponse);
  assert.match(await client.next(), /^event: state/);
  assert.match(await client.next(), /^event: tick/);
  client.writableLength = HTTP_LIMITS.streamBehind + 1;
  const other = new FakeResponse();
  stream.add(other as unknown as ServerResponse);
  const { written } = client;
  for (let i = 0; i < 3; i++) await other.next();
  assert.equal(client.written, written);
  return { stream, client, other };
}

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

for (const [how, queued] of [
  ['reads nothing', HTTP_LIMITS.streamBehind + 1],
  ['reads something and then stops', 1],
] as const) {
  test(`a client that fell behind and ${how} is disconnected`, async (context) => {
    const { stream, client, other } = await fallenBehind(context);
    client.writableLength = queued;
    let now = performance.now();
    context.mock.method(performance, 'now', () => now);
    const { written } = client;
    now += HTTP_LIMITS.streamPatience - 1000;
    await other.next();
    assert.equal(client.closed, false);
    now += 2000;
    // This one is sent to the others at the earliest after the client was disconnected.
    await other.next();
    await other.next();
    assert.equal(client.closed, true);
    assert.equal(client.written, written);
    assert.equal(other.closed, false);
    stream.close();
  });
}

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
