import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Dashboard } from '../../src/dashboard/dashboard.js';
import { type DashboardOptions, fillDashboardOptions } from '../../src/dashboard/options.js';
import { FakeFerry } from './support/fake-ferry.js';
import { openDashboard } from './support/open-dashboard.js';

test('only the loopback of this host is served, and the error says why', () => {
  for (const host of [
    '0.0.0.0',
    '::',
    '192.168.1.2',
    'example.org',
    '',
    '127.0.0.1.example.org',
    '128.0.0.1',
  ]) {
    assert.throws(() => fillDashboardOptions({ host }), {
      code: 'EINVAL',
      argument: 'options.host',
      message: /loopback/,
    });
  }
  for (const host of ['127.0.0.1', '127.0.0.53', '::1', 'localhost']) {
    const { token, ...where } = fillDashboardOptions({ host, port: 8080 });
    assert.deepEqual(where, { host, port: 8080 });
    assert.match(token, /^[\w-]{43}$/);
  }
});

test('what is no option, no port and no object is refused by name', () => {
  const refused = (given: unknown, argument: string) =>
    assert.throws(() => fillDashboardOptions(given as DashboardOptions), { code: 'EINVAL', argument });
  refused({ port: -1 }, 'options.port');
  refused({ port: 65_536 }, 'options.port');
  refused({ port: '80' }, 'options.port');
  refused({ hosts: 1 }, 'options.hosts');
  for (const token of ['', 'a'.repeat(31), 'a'.repeat(257), `${'a'.repeat(40)} b`, 1]) {
    refused({ token }, 'options.token');
  }
  refused(null, 'options');
  refused(8080, 'options');
});

test('a port in use is refused with EADDRINUSE', async (context) => {
  const { dashboard } = await openDashboard(context);
  await assert.rejects(Dashboard.open(new FakeFerry(), { port: dashboard.port }), {
    code: 'EADDRINUSE',
    argument: 'options.port',
  });
});

test('a page that was not built is refused before anything listens', async () => {
  await assert.rejects(Dashboard.open(new FakeFerry(), {}, { folder: '/nowhere/at/all' }), {
    code: 'ENOENT',
  });
});

test('nobody else on the network can connect', async (context) => {
  const { dashboard } = await openDashboard(context);
  // Another address of this host takes the same port only when nothing listens on all of them.
  const other = createServer();
  context.after(() => other.close());
  await new Promise<void>((resolve, reject) => {
    other.once('error', reject);
    other.listen(dashboard.port, '127.0.0.2', resolve);
  });
  assert.ok(other.listening);
});
