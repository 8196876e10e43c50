import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParameterInfo } from '../../src/parameters/parameter-tree.js';
import type { ParameterRefusal } from '../../src/parameters/socket/parameter-requests.js';
import { ask } from './support/http-request.js';
import { listening } from './support/parameter-server-fixture.js';
import { DCBM, HTTP } from './support/parameter-server-scenes.js';
import { openRaw, sendRaw } from './support/raw-request.js';

test('GET reads a value, with a newline', async (t) => {
  const { path } = await listening(t);
  const { status, headers, body } = await ask(path, 'GET', `${DCBM}/nr_dma_chan`);
  assert.deepEqual([status, body], [200, '1\n']);
  assert.match(headers['content-type'] ?? '', /^text\/plain/);
});

test('GET / lists everything as JSON', async (t) => {
  const { path, tree } = await listening(t);
  const { status, headers, body } = await ask(path, 'GET', '/');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(body) as ParameterInfo[], tree.list());
});

for (const method of ['PUT', 'POST']) {
  test(`${method} writes the value in its body, as echo writes it`, async (t) => {
    const { path, host } = await listening(t);
    const { status, body } = await ask(path, method, `${DCBM}/nr_dma_chan`, '0x8\n');
    assert.deepEqual([status, body], [204, '']);
    assert.equal(host.settings.get('nr_dma_chan'), 8);
  });
}

test('refusals have a status, a code, a message and advice', async (t) => {
  const { path, host } = await listening(t);
  host.active = 'cpu';
  const cases = [
    ['GET', '/module/x', undefined, 404, 'ENOENT', /unknown parameter 'module\/x'/],
    ['GET', `/${DCBM}/nr_dma_chan`, undefined, 404, 'ENOENT', /unknown parameter/],
    ['GET', `${DCBM}/nr_dma_chan?x=1`, undefined, 404, 'ENOENT', /unknown parameter/],
    ['GET', `${DCBM}/../parameters/nr_dma_chan`, undefined, 404, 'ENOENT', /unknown parameter/],
    ['GET', `${DCBM}/nr%5Fdma_chan`, undefined, 404, 'ENOENT', /unknown parameter/],
    ['PUT', '/', '1', 404, 'ENOENT', /unknown parameter/],
    ['PUT', `${DCBM}/nr_dma_chan`, '17', 400, 'EINVAL', /from 1 to 16, not '17'/],
    ['PUT', `${DCBM}/nr_dma_chan`, '', 400, 'EINVAL', /from 1 to 16/],
    ['PUT', `${DCBM}/nr_dma_chan`, new Uint8Array([0xff, 0xfe]), 400, 'EINVAL', /UTF-8/],
    ['PUT', '/module/pageferry/parameters/active_migrator', 'cpu', 403, 'EACCES', /read-only/],
    ['PUT', `${DCBM}/offloading`, '1', 409, 'EBUSY', /'cpu' is registered/],
    ['PUT', `${DCBM}/nr_dma_chan`, '1'.repeat(4097), 413, 'E2BIG', /4096 bytes/],
    ['DELETE', `${DCBM}/nr_dma_chan`, undefined, 405, 'EOPNOTSUPP', /DELETE/],
  ] as const;
  for (const [method, url, value, status, code, message] of cases) {
    const answer = await ask(path, method, url, value);
    const said = JSON.parse(answer.body) as ParameterRefusal;
    assert.deepEqual([answer.status, said.code], [status, code], url);
    assert.match(said.message, message);
  }
  assert.equal(host.settings.get('nr_dma_chan'), 1);
  const { body } = await ask(path, 'GET', `${DCBM}/x`);
  assert.match((JSON.parse(body) as ParameterRefusal).advice ?? '', /nr_dma_chan/);
});

test('a value may have 4096 bytes', async (t) => {
  const { path, host } = await listening(t);
  host.counts.set('dcbm folios_migrated', 5);
  assert.equal((await ask(path, 'PUT', `${DCBM}/folios_migrated`, 'x'.repeat(4096))).status, 204);
  assert.equal(host.counts.size, 0);
});

test('HEAD is GET without the value', async (t) => {
  const { path } = await listening(t);
  const { status, body } = await ask(path, 'HEAD', `${DCBM}/nr_dma_chan`);
  assert.deepEqual([status, body], [200, '']);
});

test('an error that nobody foresaw is an answer too', async (t) => {
  const { path, tree } = await listening(t);
  tree.define('module/broken', {
    description: '',
    show: () => {
      throw new TypeError('unforeseen');
    },
  });
  const { status, body } = await ask(path, 'GET', '/module/broken');
  assert.equal(status, 500);
  assert.deepEqual(JSON.parse(body), { code: 'EIO', message: 'unforeseen' });
});

const MALFORMED: readonly (readonly [what: string, bytes: string | Uint8Array, answer: RegExp])[] = [
  ['garbage', 'complete nonsense\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['bytes that are no text', Uint8Array.from({ length: 600 }, (_, i) => (i * 37) & 255), /^HTTP\/1\.1 400 /],
  [
    'the start of a TLS connection',
    Uint8Array.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]),
    /^HTTP\/1\.1 400 /,
  ],
  ['headers without end', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(20_000)}`, /^HTTP\/1\.1 431 /],
  ['an address without end', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n${HTTP}\r\n`, /^HTTP\/1\.1 431 /],
  ['a length that is no number', `PUT / HTTP/1.1\r\n${HTTP}Content-Length: x\r\n\r\n`, /^HTTP\/1\.1 400 /],
  [
    'two ways to end a body',
    `PUT / HTTP/1.1\r\n${HTTP}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a chunk that is none',
    `PUT / HTTP/1.1\r\n${HTTP}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    /^HTTP\/1\.1 400 /,
  ],
  ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a tunnel', `CONNECT x:1 HTTP/1.1\r\n${HTTP}\r\n`, /^$/],
  [
    'another protocol',
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
    /^HTTP\/1\.1 200 /,
  ],
  [
    'HTTP/1.0',
    'GET /module/dcbm/parameters/nr_dma_chan HTTP/1.0\r\n\r\n',
    /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n1\n$/,
  ],
];

test('what is no request is refused, and the next one is served', async (t) => {
  const { path } = await listening(t);
  for (const [what, bytes, expected] of MALFORMED) {
    assert.match(await sendRaw(path, bytes), expected, what);
    assert.equal((await ask(path, 'GET', `${DCBM}/nr_dma_chan`)).body, '1\n', what);
  }
});

test('a refusal of what is no request is JSON as well', async (t) => {
  const { path } = await listening(t);
  const answer = await sendRaw(path, 'nonsense\r\n\r\n');
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  assert.equal((JSON.parse(body) as ParameterRefusal).code, 'EINVAL');
});

test('a client that goes away in the middle of its value changes nothing', async (t) => {
  const { path, host } = await listening(t);
  const { socket, ended } = await openRaw(path);
  socket.write(`PUT ${DCBM}/nr_dma_chan HTTP/1.1\r\n${HTTP}Content-Length: 2\r\n\r\n1`);
  await ask(path, 'GET', '/');
  socket.destroy();
  await ended;
  assert.equal((await ask(path, 'GET', `${DCBM}/nr_dma_chan`)).body, '1\n');
  assert.equal(host.settings.get('nr_dma_chan'), 1);
});

test('close lets a write end that is under way', async (t) => {
  const { path, host, server } = await listening(t);
  host.active = 'dcbm';
  let release = () => {};
  let asked = () => {};
  const inside = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { unregisterMigrator } = host;
  host.grace = new Promise((resolve) => {
    release = resolve;
  });
  host.unregisterMigrator = (name) => {
    asked();
    return unregisterMigrator.call(host, name);
  };
  const write = ask(path, 'PUT', `${DCBM}/offloading`, '0');
  await inside;
  const closed = server.close();
  release();
  assert.equal((await write).status, 204);
  await closed;
});
