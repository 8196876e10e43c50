import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askRaw, openDashboard } from './support/open-dashboard.js';

const PROTECTED = [
  ['GET', '/api/live'],
  ['PUT', '/api/live/1/heat'],
  ['DELETE', '/api/live/1/heat'],
  ['GET', '/api/parameters'],
  ['GET', '/api/parameters/module/dcbm/parameters/nr_dma_chan'],
  ['PUT', '/api/parameters/module/dcbm/parameters/nr_dma_chan'],
  ['PUT', '/api/migrator'],
  ['DELETE', '/api/migrator'],
  ['GET', '/api/migrations'],
  ['POST', '/api/migrations'],
  ['DELETE', '/api/migrations/1'],
  ['GET', '/api/regions/1/pages'],
  ['PUT', '/api/program'],
  ['GET', '/api/bench'],
  ['POST', '/api/bench'],
  ['DELETE', '/api/bench'],
  ['GET', '/api/nothing'],
  ['GET', '/metrics'],
] as const;

test('nothing is answered without the token, and nothing changes', async (context) => {
  const { dashboard, ferry } = await openDashboard(context);
  const headers = { 'content-type': 'text/plain' };
  for (const [method, path] of PROTECTED) {
    const body = method === 'PUT' ? '4' : undefined;
    const {
      status,
      headers: answered,
      body: text,
    } = await askRaw(dashboard, path, { method, headers, ...(body === undefined ? {} : { body }) });
    assert.equal(status, 401, `${method} ${path}`);
    assert.equal(answered['www-authenticate'], 'Bearer');
    assert.equal((JSON.parse(text) as { code: string }).code, 'EACCES');
  }
  assert.equal(ferry.parameters.get('module/dcbm/parameters/nr_dma_chan'), '1');
});

test('a token that is wrong, cut, longer, or in the address does not do', async (context) => {
  const { dashboard } = await openDashboard(context);
  const { token } = dashboard;
  const wrong = [
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token}A`,
    `Bearer ${token.toLowerCase()}x`,
    `Basic ${token}`,
    token,
    'Bearer ',
    `Bearer ${'A'.repeat(5000)}`,
  ];
  for (const authorization of wrong) {
    const { status } = await askRaw(dashboard, '/api/parameters', { headers: { authorization } });
    assert.equal(status, 401, authorization.slice(0, 80));
  }
  assert.equal((await askRaw(dashboard, `/api/parameters?token=${token}`)).status, 401);
  const cookie = { cookie: `token=${token}` };
  assert.equal((await askRaw(dashboard, '/api/parameters', { headers: cookie })).status, 401);
});

test('with the token a parameter is read and set, and each ferry has a token of its own', async (context) => {
  const { dashboard, ferry } = await openDashboard(context);
  const path = 'module/dcbm/parameters/nr_dma_chan';
  const headers = { 'content-type': 'text/plain' };
  assert.equal(
    (await ask(dashboard, `/api/parameters/${path}`, { method: 'PUT', headers, body: '4' })).status,
    204,
  );
  assert.equal(ferry.parameters.get(path), '4');
  assert.equal((await ask(dashboard, `/api/parameters/${path}`)).body, '4\n');
  const other = await openDashboard(context);
  assert.notEqual(other.dashboard.token, dashboard.token);
  assert.equal(Buffer.from(dashboard.token, 'base64url').length, 32);
});

test('the files of the page are for everybody, with a policy that allows nothing from elsewhere', async (context) => {
  const { dashboard } = await openDashboard(context);
  const { status, headers, body } = await askRaw(dashboard, '/');
  assert.equal(status, 200);
  assert.match(body, /page/);
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:|data:|blob:/);
  assert.doesNotMatch(body, new RegExp(dashboard.token));
});
