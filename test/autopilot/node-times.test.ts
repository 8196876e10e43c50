import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeTimes } from '../../src/autopilot/node-times.js';
import { LIMIT, withFerry } from '../ferry/support/fixture.js';

test('the access times of the nodes are measured, and the memory for it is given back', LIMIT, async () => {
  // The thread does not keep the process alive.
  const alive = setInterval(() => undefined, 1000);
  await withFerry({}, async (ferry) => {
    const times = NodeTimes.start(ferry);
    const probes = [...ferry.regions];
    assert.equal(probes.length, ferry.nodeIds.length);
    assert.ok(probes.every((region) => times.owns(region)));
    const measured = (await times.measure(0))!;
    assert.equal(measured.length, ferry.nodeIds.length);
    // An access takes at least a cycle of the first-level cache, and no second.
    for (const ns of measured) assert.ok(ns > 0.1 && ns < 1e9, String(ns));
    assert.equal(await times.measure(5000), measured, 'not again within ten seconds');
    const later = (await times.measure(20_000))!;
    assert.ok(later.every((ns, node) => ns >= measured[node]!));
    await times.close();
    assert.deepEqual(ferry.regions, []);
    // Without its thread the last times stay.
    assert.equal(await times.measure(60_000), later);
  });
  clearInterval(alive);
});
