import './support/watchdog.js';
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ask } from './support/http-request.js';
import { listening } from './support/parameter-server-fixture.js';
import { openRaw } from './support/raw-request.js';

const DCBM = '/module/dcbm/parameters';
const put = (name: string, value: string): string =>
  `PUT ${DCBM}/${name} HTTP/1.1\r\nHost: x\r\nContent-Length: ${value.length}\r\n\r\n${value}`;

test('a client that sends on while its first request waits is cut off, and little of it was taken in', async (t) => {
  const { path, host, tree } = await listening(t);
  host.active = 'dcbm';
  let release = () => {};
  host.grace = new Promise((resolve) => {
    release = resolve;
  });
  let asked = 0;
  const { set } = tree;
  tree.set = (...args) => {
    asked++;
    return set.apply(tree, args);
  };
  const { socket, ended } = await openRaw(path);
  socket.write(put('offloading', '0') + put('nr_dma_chan', '2').repeat(5000));
  await ended;
  assert.ok(asked > 0 && asked <= 16, `${asked} requests were taken in`);
  release();
  assert.equal((await ask(path, 'GET', `${DCBM}/nr_dma_chan`)).status, 200);
});

test('requests in a row on one connection are answered in order', async (t) => {
  const { path } = await listening(t);
  const { socket, received, ended } = await openRaw(path);
  const get = (name: string, more = '') => `GET ${DCBM}/${name} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
  socket.write(
    `${put('nr_dma_chan', '7')}${get('nr_dma_chan')}${get('offloading', 'Connection: close\r\n')}`,
  );
  await ended;
  const statuses = [...received().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  assert.deepEqual(statuses, ['204', '200', '200']);
  assert.match(received(), /\r\n\r\n0\n$/);
  assert.equal((await ask(path, 'GET', `${DCBM}/nr_dma_chan`)).body, '7\n');
});

test('connections beyond the limit are dropped, and when the others end there is room again', async (t) => {
  const { path } = await listening(t);
  const open = await Promise.all(Array.from({ length: 64 }, () => openRaw(path)));
  const more = await openRaw(path);
  await more.ended;
  assert.equal(more.received(), '');
  for (const { socket } of open) socket.destroy();
  await Promise.all(open.map(({ ended }) => ended));
  // The other side hears of it a little later.
  for (;;) {
    const status = await ask(path, 'GET', `${DCBM}/nr_dma_chan`).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === 200) break;
  }
});

async function notReading(t: TestContext): Promise<void> {
  const { path, tree } = await listening(t);
  // More than the kernel holds for a socket.
  tree.define('module/large', { description: '', show: () => 'x'.repeat(8 * 2 ** 20) });
  const { socket, ended } = await openRaw(path);
  socket.pause();
  socket.write('GET /module/large HTTP/1.1\r\nHost: x\r\n\r\n');
  await assert.rejects(
    // Being cut off shows with the next writes; reading would be taking the answer.
    new Promise((_, reject) => {
      const timer = setInterval(() => socket.write('\r\n'), 50);
      socket.once('error', (error) => {
        clearInterval(timer);
        reject(error);
      });
    }),
    { code: /EPIPE|ECONNRESET/ },
  );
  await ended;
  assert.equal((await ask(path, 'GET', `${DCBM}/nr_dma_chan`)).status, 200);
}

async function sending(t: TestContext): Promise<void> {
  const { path } = await listening(t);
  const [silent, slow] = await Promise.all([openRaw(path), openRaw(path)]);
  const timer = setInterval(() => slow.socket.write('X'), 100);
  slow.socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
  await Promise.all([silent.ended, slow.ended]);
  clearInterval(timer);
  assert.match(slow.received(), /^(HTTP\/1\.1 408 |$)/);
}

// Side by side, as each takes as long as the server's patience.
test('slow clients', { concurrency: true }, async (t) => {
  await Promise.all([
    t.test('one that does not read its answers is cut off', notReading),
    t.test('one that sends nothing, or byte by byte, is cut off within the time for a request', sending),
  ]);
});
