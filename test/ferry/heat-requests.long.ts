import './support/watchdog.js';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { serveParameters } from '../../src/ferry/serve-parameters.js';
import { assertContent } from './support/content.js';
import { LIMIT, MIB } from './support/fixture.js';
import { drain, openStream, refusalOf, type Stream, served, take } from './support/heat-requests-scenes.js';
import { ask } from './support/http-request.js';
import { temporaryFolder } from './support/parameter-server-fixture.js';
import { openRaw } from './support/raw-request.js';

test('several clients watch one region, and a migration goes on', LIMIT, async (t) => {
  const { path, region, buffer } = await served(t);
  const address = `/heat/${region.id}?intervalMs=100`;
  const streams = await Promise.all([1, 2, 3].map(() => openStream(path, address)));
  const taken = Promise.all(streams.map((stream) => take(stream, 3)));
  assert.equal((await region.migrate({ to: 1 })).foliosFailed, 0);
  assert.deepEqual(
    (await taken).map(({ length }) => length),
    [3, 3, 3],
  );
  assertContent(buffer);
});

test('a client that goes away ends its watch, also within a long interval', LIMIT, async (t) => {
  const { path, region } = await served(t);
  const address = `/heat/${region.id}?intervalMs=3600000`;
  // As many as there may be. Each has had its first snapshot, and would wait for an hour.
  const streams = await Promise.all(Array.from({ length: 16 }, () => openStream(path, address)));
  const { status, code } = await refusalOf(path, address);
  assert.deepEqual([status, code], [409, 'EBUSY']);
  // Parameters are still served.
  assert.equal((await ask(path, 'GET', '/module/dcbm/parameters/nr_dma_chan')).status, 200);
  streams[0]!.response.destroy();
  let freed: Stream | undefined;
  while (freed === undefined) {
    freed = await openStream(path, address).catch((error: unknown) => {
      assert.ok(error instanceof assert.AssertionError);
      return undefined;
    });
  }
  for (const { response } of [...streams, freed]) response.destroy();
});

test('a signal ends a watch within its interval', LIMIT, async (t) => {
  const { region } = await served(t);
  const controller = new AbortController();
  const heat = region.heat({ intervalMs: 3_600_000, signal: controller.signal });
  const first = heat.next();
  setTimeout(() => controller.abort(), 20);
  assert.deepEqual(await first, { done: true, value: undefined });
});

test('a server or a ferry that closes ends its streams, and does not wait for them', LIMIT, async (t) => {
  for (const closes of ['server', 'ferry'] as const) {
    const { ferry, region } = await served(t);
    const path = join(temporaryFolder(t), 'own');
    const server = await serveParameters(ferry, path);
    const stream = await openStream(path, `/heat/${region.id}?intervalMs=3600000`);
    const drained = drain(stream);
    await (closes === 'server' ? server : ferry).close();
    const { end } = await drained;
    assert.ok(['EBADF', 'ECANCELED'].includes(end.error?.code ?? ''), `${closes}: ${end.problem}`);
  }
});

test('more units than the owner should encode are refused', LIMIT, async (t) => {
  const { path, ferry } = await served(t);
  const large = ferry.adopt(new SharedArrayBuffer(1025 * MIB));
  const { code, message } = await refusalOf(path, `/heat/${large.id}?unitBytes=4096`);
  assert.equal(code, 'EINVAL');
  assert.match(message, /options\.unitBytes: 4096 makes 2\d{5} units, .* at most 262144/);
});

test('a watch behind another request of its connection is refused', LIMIT, async (t) => {
  const { path, region } = await served(t);
  const get = (address: string, more = '') => `GET ${address} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
  const watch = `/heat/${region.id}?intervalMs=100`;
  const { socket, received, ended } = await openRaw(path);
  socket.write(get('/heat') + get(watch, 'Connection: close\r\n'));
  await ended;
  assert.deepEqual(
    [...received().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
    ['200', '409'],
  );
  // What is behind a watch ends with it.
  const behind = await openRaw(path);
  behind.socket.write(get(watch).repeat(8));
  await once(behind.socket, 'data');
  behind.socket.destroy();
  const streams = await Promise.all(Array.from({ length: 15 }, () => openStream(path, watch)));
  for (const { response } of streams) response.destroy();
});

test('a body, an upgrade and text after a watch do no harm', LIMIT, async (t) => {
  const { path, region } = await served(t);
  const watch = `/heat/${region.id}?intervalMs=100`;
  const { socket, received, ended } = await openRaw(path);
  socket.write(
    `GET ${watch} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\nhello`,
  );
  while (!received().includes('PFHEAT')) await once(socket, 'data');
  socket.write('complete nonsense\r\n\r\n');
  socket.end();
  await ended;
  assert.match(received(), /^HTTP\/1\.1 200 /);
  const stream = await openStream(path, watch);
  assert.equal((await take(stream, 2)).length, 2);
});
