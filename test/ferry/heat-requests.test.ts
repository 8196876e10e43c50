import './support/watchdog.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeatRegions } from '../../src/ferry/heat-requests.js';
import { assertContent } from './support/content.js';
import { LIMIT, MIB } from './support/fixture.js';
import { drain, openStream, refusalOf, served, take } from './support/heat-requests-scenes.js';
import { ask } from './support/http-request.js';

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
