import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { ask } from './support/http-request.js';
import { listening } from './support/parameter-server-fixture.js';
import { DCBM, HTTP } from './support/parameter-server-scenes.js';
import { openRaw } from './support/raw-request.js';

test('a body without end is refused while it is being sent', async (t) => {
  const { path, host } = await listening(t);
  const { socket, received, ended } = await openRaw(path);
  socket.write(`PUT ${DCBM}/nr_dma_chan HTTP/1.1\r\n${HTTP}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = `1000\r\n${'1'.repeat(4096)}\r\n`;
  while (received() === '' && !socket.destroyed) {
    socket.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.match(received(), /^HTTP\/1\.1 413 /);
  socket.destroy();
  await ended;
  assert.equal(host.settings.get('nr_dma_chan'), 1);
});

test('many clients that write at once are all heard', async (t) => {
  const { path, host } = await listening(t);
  const answers = await Promise.all(
    Array.from({ length: 48 }, (_, i) => ask(path, 'PUT', `${DCBM}/nr_dma_chan`, String((i % 17) + 1))),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array.from({ length: 48 }, (_, i) => (i % 17 === 16 ? 400 : 204)),
  );
  assert.ok(host.settings.get('nr_dma_chan') >= 1);
});

test('close ends connections that wait, send nothing, or stopped in the middle', async (t) => {
  const { path, server } = await listening(t);
  const agent = new Agent({ keepAlive: true });
  await ask(path, 'GET', '/', undefined, agent);
  const open = await Promise.all([openRaw(path), openRaw(path), openRaw(path), openRaw(path)]);
  open[1]?.socket.write('GET / HT');
  open[2]?.socket.write(`PUT ${DCBM}/nr_dma_chan HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1`);
  open[3]?.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3000));
  open[3]?.socket.pause();
  await ask(path, 'GET', '/');
  await server.close();
  await server.close();
  for (const { socket } of open) socket.resume();
  await Promise.all(open.map(({ ended }) => ended));
  await assert.rejects(ask(path, 'GET', '/'), { code: 'ENOENT' });
  agent.destroy();
});

test('close does not wait for ever for a write that does not end', async (t) => {
  const { path, host, server } = await listening(t);
  host.active = 'dcbm';
  host.grace = new Promise(() => undefined);
  const write = assert.rejects(ask(path, 'PUT', `${DCBM}/offloading`, '0'));
  await ask(path, 'GET', '/');
  await server.close();
  await write;
});
