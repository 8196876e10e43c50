import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { HTTP_LIMITS } from '../../src/dashboard/limits.js';
import { ask, openDashboard } from './support/open-dashboard.js';

const CHANNELS = 'module/dcbm/parameters/nr_dma_chan';
/** How long a server on a busy host may take to notice that a connection is gone. */
const PATIENCE_MS = 60_000;

test('a body that is too long is refused, whatever length it claims', async (context) => {
  const { dashboard, ferry } = await openDashboard(context);
  const long = await ask(dashboard, `/api/parameters/${CHANNELS}`, {
    method: 'PUT',
    headers: { 'content-type': 'text/plain', 'content-length': '4097' },
    body: '4'.repeat(4097),
  });
  assert.equal(long.status, 413);
  const chunked = await ask(dashboard, '/api/migrations', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    body: JSON.stringify({ region: 1, to: 'x'.repeat(HTTP_LIMITS.bodyBytes) }),
  });
  assert.equal(chunked.status, 413);
  assert.equal((JSON.parse(chunked.body) as { code: string }).code, 'E2BIG');
  assert.equal(ferry.parameters.get(CHANNELS), '1');
});

test('headers that are too long are refused', async (context) => {
  const { dashboard } = await openDashboard(context);
  const { status } = await ask(dashboard, '/api/parameters', {
    headers: { 'x-long': 'x'.repeat(HTTP_LIMITS.headerBytes) },
  });
  assert.equal(status, 431);
});

test('bodies that are no JSON, no object, or have fields that are not known are refused by name', async (context) => {
  const { dashboard } = await openDashboard(context);
  const post = async (path: string, method: string, body: string, type = 'application/json') => {
    const { status, body: text } = await ask(dashboard, path, {
      method,
      body,
      headers: { 'content-type': type },
    });
    return [status, (JSON.parse(text) as { message: string }).message] as const;
  };
  const cases: readonly (readonly [RegExp, path: string, method: string, body: string, type?: string])[] = [
    [/JSON/, '/api/migrations', 'POST', '{'],
    [/^body: .*JSON object/, '/api/migrations', 'POST', '[]'],
    [/^rm: .*field/, '/api/migrations', 'POST', '{"region":1,"rm":2}'],
    [/^name: .*cpu, mtcopy or dcbm/, '/api/migrator', 'PUT', '{"name":"nvme"}'],
    [/^module: .*field/, '/api/migrator', 'PUT', '{"module":"data:text/javascript,0"}'],
    [/channels: .*1 to 16.*17/, '/api/migrator', 'PUT', '{"name":"dcbm","channels":17}'],
    [/^region: .*number/, '/api/live/1/heat', 'PUT', '{"region":"all"}'],
    [/^id: .*number/, '/api/live/x/heat', 'PUT', '{"region":1}'],
    [/^unitBytes: .*field/, '/api/live/1/heat', 'PUT', '{"region":1,"unitBytes":4096}'],
    [/^running: .*true or false/, '/api/program', 'PUT', '{"running":"yes"}'],
    [/nr_dma_chan: .*1 to 16.*99/, `/api/parameters/${CHANNELS}`, 'PUT', '99', 'text/plain'],
  ];
  for (const [message, ...request] of cases) {
    const [status, text] = await post(...request);
    assert.equal(status, 400, text);
    assert.match(text, message);
  }
});

test('a migrator that is wrong does not take out the one that there is', async (context) => {
  const { dashboard, ferry } = await openDashboard(context);
  const put = (body: object) =>
    ask(dashboard, '/api/migrator', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  assert.equal((await put({ name: 'cpu' })).status, 204);
  assert.equal((await put({ name: 'dcbm', channels: 0 })).status, 400);
  assert.equal(ferry.activeMigrator, 'cpu');
  assert.equal((await put({ name: 'mtcopy' })).status, 204);
  assert.equal(ferry.activeMigrator, 'mtcopy');
  assert.equal((await ask(dashboard, '/api/migrator', { method: 'DELETE' })).status, 204);
  assert.equal((await ask(dashboard, '/api/migrator', { method: 'DELETE' })).status, 400);
});

test('connections beyond the most are let go, and the others are answered', async (context) => {
  const { dashboard } = await openDashboard(context);
  const idle = Array.from({ length: HTTP_LIMITS.connections }, () => connect(dashboard.port, '127.0.0.1'));
  context.after(() => {
    for (const socket of idle) socket.destroy();
  });
  await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const beyond = connect(dashboard.port, '127.0.0.1');
  beyond.on('error', () => undefined);
  await new Promise((resolve) => beyond.once('close', resolve));
  idle.pop()!.destroy();
  // The server accepts another connection as soon as it has noticed that one is closed.
  const until = performance.now() + PATIENCE_MS;
  let status: number | undefined;
  while (status !== 200 && performance.now() < until) {
    status = await ask(dashboard, '/api/parameters').then(
      (answer) => answer.status,
      () => undefined,
    );
  }
  assert.equal(status, 200);
});
