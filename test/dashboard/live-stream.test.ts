import assert from 'node:assert/strict';
import { EventEmitter, on, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { HTTP_LIMITS } from '../../src/dashboard/limits.js';
import { LiveStream } from '../../src/dashboard/live/live-stream.js';
import type { LiveState, LiveTick } from '../../src/dashboard/messages.js';
import { FakeFerry } from './support/fake-ferry.js';
import { type Opened, openDashboard } from './support/open-dashboard.js';

/** An answer whose client takes what it is told to take. */
class FakeResponse extends EventEmitter {
  writableLength = 0;
  written = 0;

  write(text: string): void {
    this.written++;
    this.emit('written', text);
  }

  destroy(): void {
    this.emit('close');
  }

  readonly #texts = on(this, 'written');

  async next(): Promise<string> {
    return String(((await this.#texts.next()).value as [string])[0]);
  }
}

/** The events of a stream, as they come. */
async function* eventsOf({ dashboard }: Opened, signal: AbortSignal) {
  const response = await fetch(`http://127.0.0.1:${dashboard.port}/api/live`, {
    headers: { authorization: `Bearer ${dashboard.token}` },
    signal,
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end))!;
      yield { event, data: JSON.parse(data!) as unknown };
      text = text.slice(end + 2);
    }
  }
}

test('a stream begins with everything, and then says what has changed', async (context) => {
  const opened = await openDashboard(context);
  const { ferry } = opened;
  const end = new AbortController();
  context.after(() => end.abort());
  const events = eventsOf(opened, end.signal);
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
  const events = eventsOf(opened, end.signal);
  await events.next();
  assert.equal(opened.ferry.ring.on, true);
  end.abort();
  await assert.rejects(async () => {
    while (!(await events.next()).done);
  });
  while (opened.ferry.ring.on) await new Promise((resolve) => setImmediate(resolve));
});

test('who does not read is not waited for: nothing more is kept for it, and the others go on', async (context) => {
  const opened = await openDashboard(context);
  const { dashboard, ferry } = opened;
  const deaf = connect(dashboard.port, '127.0.0.1').pause();
  context.after(() => deaf.destroy());
  await once(deaf, 'connect');
  deaf.write(
    `GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:${dashboard.port}\r\nAuthorization: Bearer ${dashboard.token}\r\n\r\n`,
  );
  const end = new AbortController();
  context.after(() => end.abort());
  const events = eventsOf(opened, end.signal);
  await events.next();
  for (let round = 1; round <= 3; round++) {
    ferry.counters.add('batches', 1);
    let batches: number | undefined;
    while (batches === undefined) {
      const { stats = {} } = (await events.next()).value!.data as LiveTick;
      ({ batches } = stats);
    }
    assert.equal(batches, round);
  }
});

test('who is too far behind is sent nothing, and everything anew when it has caught up', async (context) => {
  const stream = new LiveStream(new FakeFerry(), { migrations: () => [] });
  // As a server would: what looks does not keep a process alive.
  const alive = setInterval(() => undefined, 1000);
  context.after(() => {
    clearInterval(alive);
    stream.close();
  });
  const client = new FakeResponse();
  stream.add(client as unknown as ServerResponse);
  assert.match(await client.next(), /^event: state/);
  assert.match(await client.next(), /^event: tick/);
  client.writableLength = HTTP_LIMITS.streamBehind + 1;
  // Another one is served all the while: its ticks say that there were some.
  const other = new FakeResponse();
  stream.add(other as unknown as ServerResponse);
  const before = client.written;
  for (let i = 0; i < 3; i++) await other.next();
  assert.equal(client.written, before);
  client.writableLength = 0;
  assert.match(await client.next(), /^event: state/);
  assert.match(await client.next(), /^event: tick/);
});

test('more pages than there may be are refused', async (context) => {
  const opened = await openDashboard(context);
  const end = new AbortController();
  context.after(() => end.abort());
  for (let i = 0; i < HTTP_LIMITS.streams; i++) await eventsOf(opened, end.signal).next();
  const { dashboard } = opened;
  const response = await fetch(`http://127.0.0.1:${dashboard.port}/api/live`, {
    headers: { authorization: `Bearer ${dashboard.token}` },
  });
  assert.equal(response.status, 409);
});

test('closing ends the streams, and does not wait for whoever does not read', async (context) => {
  const opened = await openDashboard(context);
  const events = eventsOf(opened, new AbortController().signal);
  await events.next();
  const drained = assert.rejects(async () => {
    while (!(await events.next()).done);
  });
  await opened.dashboard.close();
  await drained;
  assert.equal(opened.ferry.ring.on, false);
});
