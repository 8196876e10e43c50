import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askRaw, openDashboard } from './support/open-dashboard.js';

test('a name that was made to lead here is refused, token or not', async (context) => {
  const { dashboard } = await openDashboard(context);
  const { port } = dashboard;
  for (const host of [
    `rebound.example:${port}`,
    'localhost',
    '127.0.0.1',
    `127.0.0.1:${port + 1}`,
    `127.0.0.1.nip.io:${port}`,
  ]) {
    assert.equal((await ask(dashboard, '/api/parameters', { headers: { host } })).status, 403, host);
    assert.equal((await askRaw(dashboard, '/', { headers: { host } })).status, 403, host);
  }
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `LOCALHOST:${port}`]) {
    assert.equal((await ask(dashboard, '/api/parameters', { headers: { host } })).status, 200, host);
  }
});

test('a request from another page is refused, token or not', async (context) => {
  const { dashboard, ferry } = await openDashboard(context);
  const own = `http://127.0.0.1:${dashboard.port}`;
  const path = '/api/parameters/module/dcbm/parameters/nr_dma_chan';
  const put = (headers: Record<string, string>) =>
    ask(dashboard, path, { method: 'PUT', headers: { 'content-type': 'text/plain', ...headers }, body: '4' });
  for (const origin of [
    'http://example.org',
    'null',
    `https://127.0.0.1:${dashboard.port}`,
    'http://127.0.0.1:1',
  ]) {
    assert.equal((await put({ origin })).status, 403, origin);
  }
  for (const site of ['cross-site', 'same-site']) {
    assert.equal((await put({ 'sec-fetch-site': site })).status, 403, site);
  }
  assert.equal(ferry.parameters.get('module/dcbm/parameters/nr_dma_chan'), '1');
  assert.equal((await put({ origin: own, 'sec-fetch-site': 'same-origin' })).status, 204);
  assert.equal(ferry.parameters.get('module/dcbm/parameters/nr_dma_chan'), '4');
});

test('no answer lets another origin read it', async (context) => {
  const { dashboard } = await openDashboard(context);
  const { headers } = await ask(dashboard, '/api/parameters');
  assert.equal(headers['access-control-allow-origin'], undefined);
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  const preflight = await askRaw(dashboard, '/api/parameters', {
    method: 'OPTIONS',
    headers: { origin: 'http://example.org', 'access-control-request-method': 'PUT' },
  });
  assert.equal(preflight.status, 403);
});
