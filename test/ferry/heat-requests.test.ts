import './support/watchdog.js';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HeatRegions } from '../../src/ferry/heat-requests.js';
import { serveParameters } from '../../src/ferry/serve-parameters.js';
import type { RecordedSnapshot } from '../../src/heat/recording/format.js';
import { type Recording, readRecording } from '../../src/heat/recording/read-recording.js';
import { type Ferry, openFerry, type Region } from '../../src/index.js';
import type { ParameterRefusal } from '../../src/parameters/socket/parameter-requests.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB } from './support/fixture.js';
import { ask } from './support/http-request.js';
import { temporaryFolder } from './support/parameter-server-fixture.js';
import { openRaw } from './support/raw-request.js';

interface Served {
  readonly ferry: Ferry;
  readonly path: string;
  readonly buffer: SharedArrayBuffer;
  readonly region: Region;
}

/** A ferry with a region of 8 MiB, at a socket. */
async function served(t: TestContext): Promise<Served> {
  const path = join(temporaryFolder(t), 's');
  const ferry = await openFerry();
  t.after(() => ferry.close());
  const buffer = new SharedArrayBuffer(8 * MIB);
  fill(buffer);
  const region = ferry.adopt(buffer, { name: 'heap' });
  await serveParameters(ferry, path);
  return { ferry, path, buffer, region };
}

interface Stream {
  readonly response: IncomingMessage;
  readonly recording: Recording;
}

async function openStream(path: string, address: string): Promise<Stream> {
  const sent = request({ socketPath: path, path: address, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  return { response, recording: await readRecording(response, 'stream') };
}

/** The first snapshots of a stream, which is left open if there are enough of them. */
async function take({ recording }: Stream, count: number): Promise<RecordedSnapshot[]> {
  const taken: RecordedSnapshot[] = [];
  for await (const recorded of recording) {
    taken.push(recorded);
    if (taken.length === count) break;
  }
  return taken;
}

/** Reads a stream to its end. */
async function drain({ recording }: Stream, onSnapshot: () => void = () => undefined): Promise<Recording> {
  for await (const _ of recording) onSnapshot();
  return recording;
}

async function refusalOf(path: string, address: string, method = 'GET') {
  const { status, body } = await ask(path, method, address);
  return { status, ...(JSON.parse(body) as ParameterRefusal) };
}

test('regions are listed, with the process', LIMIT, async (t) => {
  const { ferry, path, region } = await served(t);
  const other = ferry.allocate(MIB, { name: 'a\u001b[2Jb' });
  const { status, body } = await ask(path, 'GET', '/heat');
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body) as HeatRegions, {
    pid: process.pid,
    regions: [
      { id: region.id, name: 'heap', bytes: region.migratableBytes },
      { id: other.id, name: 'a\ufffd[2Jb', bytes: other.migratableBytes },
    ],
  });
  // Parameters have not changed.
  assert.equal((await ask(path, 'GET', '/module/dcbm/parameters/nr_dma_chan')).body, '1\n');
  assert.equal((await refusalOf(path, '/heats')).status, 404);
});

test('a watch is a recording: snapshots with working sets and costs', LIMIT, async (t) => {
  const { path, region, buffer } = await served(t);
  const stream = await openStream(
    path,
    `/heat/${region.id}?intervalMs=100&unitBytes=1048576&minUnitBytes=262144&source=hint`,
  );
  const { name, source, unitBytes, regionBytes, pageBytes } = stream.recording.header;
  assert.deepEqual(
    [name, source, unitBytes, regionBytes, pageBytes],
    ['heap', 'hint', MIB, region.migratableBytes, 4096],
  );
  const taken = await take(stream, 3);
  assert.equal(taken.length, 3);
  let [atMs, units] = [stream.recording.header.originMs, 0];
  for (const { snapshot, workingSets, cost } of taken) {
    assert.ok(snapshot.atMs > atMs);
    ({ atMs } = snapshot);
    assert.equal(snapshot.rate.length, Math.ceil(region.migratableBytes / MIB));
    assert.deepEqual(
      workingSets.map(({ windowMs }) => windowMs),
      [1000, 10_000, 60_000],
    );
    assert.ok(cost !== undefined && cost.units >= units && cost.cpuNs > 0);
    ({ units } = cost);
  }
  assert.ok(units > 0);
  assertContent(buffer);
});

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

test('a region that is released ends its streams with a typed error', LIMIT, async (t) => {
  const { path, region } = await served(t);
  const address = `/heat/${region.id}?intervalMs=100`;
  const [one, other] = await Promise.all([openStream(path, address), openStream(path, address)]);
  const [{ end }, { end: otherEnd }] = await Promise.all([
    drain(one, () => void region.release()),
    drain(other),
  ]);
  for (const { error, state } of [end, otherEnd]) {
    assert.equal(state, 'truncated');
    assert.equal(error?.code, 'ECANCELED');
    assert.match(error.message, /released/);
  }
  const { status, code } = await refusalOf(path, address);
  assert.deepEqual([status, code], [404, 'ENOENT']);
  assert.deepEqual((JSON.parse((await ask(path, 'GET', '/heat')).body) as HeatRegions).regions, []);
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

test('requests that are wrong are refused by the name of the option', LIMIT, async (t) => {
  const { path, region } = await served(t);
  const watch = `/heat/${region.id}`;
  const cases: readonly (readonly [address: string, status: number, code: string, message: RegExp])[] = [
    [`${watch}?intervalMs=99`, 400, 'EINVAL', /options\.intervalMs: must be at least 100/],
    [`${watch}?intervalMs=3600001`, 400, 'EINVAL', /options\.intervalMs/],
    [`${watch}?intervalMs=`, 400, 'EINVAL', /options\.intervalMs/],
    [`${watch}?intervalMs`, 400, 'EINVAL', /options\.intervalMs: must have one value/],
    [`${watch}?intervalMs=1e3`, 400, 'EINVAL', /options\.intervalMs/],
    [`${watch}?intervalMs=-100`, 400, 'EINVAL', /options\.intervalMs/],
    [`${watch}?intervalMs=100&intervalMs=100`, 400, 'EINVAL', /options\.intervalMs: must have one value/],
    [`${watch}?unitBytes=12288`, 400, 'EINVAL', /options\.unitBytes/],
    [`${watch}?unitBytes=0`, 400, 'EINVAL', /options\.unitBytes/],
    [`${watch}?unitBytes=%34096`, 400, 'EINVAL', /options\.unitBytes/],
    [`${watch}?minUnitBytes=5000`, 400, 'EINVAL', /options\.minUnitBytes/],
    [`${watch}?source=magic`, 400, 'EINVAL', /options\.source.*'magic'/],
    [`${watch}?cpuShare=1`, 400, 'EINVAL', /unknown option 'cpuShare'/],
    [`${watch}?__proto__=1`, 400, 'EINVAL', /unknown option '__proto__'/],
    [`${watch}?constructor=1`, 400, 'EINVAL', /unknown option 'constructor'/],
    [`${watch}?&`, 400, 'EINVAL', /unknown option ''/],
    [`/heat/${region.id}0000`, 404, 'ENOENT', /unknown region/],
    ['/heat/', 404, 'ENOENT', /unknown region ''/],
    ['/heat/-1', 404, 'ENOENT', /unknown region '-1'/],
    ['/heat/0x1', 404, 'ENOENT', /unknown region '0x1'/],
    [`/heat/%31`, 404, 'ENOENT', /unknown region '%31'/],
    [`${watch}/x`, 404, 'ENOENT', /unknown parameter/],
    ['/heat?x', 404, 'ENOENT', /unknown parameter/],
  ];
  for (const [address, status, code, message] of cases) {
    const said = await refusalOf(path, address);
    assert.deepEqual([said.status, said.code], [status, code], `${address}: ${said.message}`);
    assert.match(said.message, message, address);
  }
  for (const [method, address] of [
    ['PUT', watch],
    ['POST', watch],
    ['DELETE', watch],
    ['PUT', '/heat'],
  ] as const) {
    const { status, code } = await refusalOf(path, address, method);
    assert.deepEqual([status, code], [405, 'EOPNOTSUPP'], method);
  }
  // A response to HEAD would never end.
  assert.equal((await ask(path, 'HEAD', watch)).status, 405);
  assert.equal((await ask(path, 'HEAD', '/heat')).status, 200);
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
