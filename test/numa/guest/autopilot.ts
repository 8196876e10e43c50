import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, startAutopilot } from '../../../src/autopilot/start-autopilot.js';
import type { NodeOption, Region } from '../../../src/index.js';
import { KnownHeat } from '../../autopilot/support/known-heat.js';
import { epochs, OPTIONS, untilFast } from '../../autopilot/support/known-pilot.js';
import { assertContent, countersAdded, fill, fillCounters } from '../../ferry/support/content.js';
import { Crew } from '../../ferry/support/crew.js';
import { HUGE, PAGE, until, withFerry } from '../../ferry/support/fixture.js';
import { kernelStatus, numaMaps, touchedOn } from '../support/kernel.js';

const UNITS = 8;
const NODES: readonly NodeOption[] = [
  { id: 0, numaNode: 0, capacityBytes: 4.5 * HUGE },
  { id: 1, numaNode: 1 },
];

/** The units of which the kernel has every page on a node. */
function kernelUnits(region: Region<SharedArrayBuffer>, node: number): number[] {
  const status = kernelStatus(region);
  const units = Array.from({ length: Math.floor(status.length / 512) }, (_, i) => i);
  return units.filter((unit) => status.slice(unit * 512, (unit + 1) * 512).every((each) => each === node));
}

/** Asserts that the kernel has these units on node 0 and all others on node 1, by move_pages(2) and by numa_maps. */
function assertPlaced(region: Region<SharedArrayBuffer>, fast: readonly number[]): void {
  assert.deepEqual(kernelUnits(region, 0), fast);
  const pages = fast.length * (HUGE / PAGE);
  const { 0: first = 0, 1: second = 0 } = numaMaps(region);
  assert.deepEqual([first, second], [pages, region.migratableBytes / PAGE - pages]);
}

test('the kernel confirms where the autopilot has placed memory', async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const buffer = new SharedArrayBuffer(UNITS * HUGE + PAGE);
    const region = ferry.adopt(buffer, { node: 1 });
    touchedOn(buffer, 1, () => fill(buffer));
    assertPlaced(region, []);
    const heat = new KnownHeat();
    const autopilot = launch(ferry, { ...OPTIONS, policy: 'frequency' }, heat.watch);
    heat.rates.set(region, [0, 0, 1e7, 0, 1e7, 1e7]);
    await untilFast(autopilot, heat, region, [2, 4, 5]);
    assertPlaced(region, [2, 4, 5]);
    heat.rates.set(region, [1e7, 1e7, 0, 1e7]);
    heat.skip(5000);
    await untilFast(autopilot, heat, region, [0, 1, 3]);
    await epochs(autopilot, heat, 1);
    const fast = kernelUnits(region, 0);
    assert.ok([0, 1, 3].every((unit) => fast.includes(unit)) && fast.length <= 4, String(fast));
    await autopilot.stop();
    assertContent(buffer);
  });
});

test('by what it sees itself, the autopilot brings memory in use to node 0, and loses no write', async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const buffer = new SharedArrayBuffer(2 * HUGE);
    const idle = new SharedArrayBuffer(UNITS * HUGE);
    const region = ferry.adopt(buffer, { node: 1 });
    const other = ferry.adopt(idle, { node: 1 });
    touchedOn(buffer, 1, () => fillCounters(buffer));
    touchedOn(idle, 1, () => fill(idle));
    const crew = await Crew.start(buffer, [{ kind: 'write' }]);
    try {
      const options = { policy: 'recency', accessNs: [100, 10_000], epochMs: 100, cpuShare: 1 } as const;
      const autopilot = startAutopilot(ferry, options);
      await until(() => kernelStatus(region).filter((node) => node === 0).length > 256);
      assert.equal(autopilot.report().state, 'running', autopilot.report().problem ?? '');
      await crew.allGoOn();
      await autopilot.stop();
      assert.ok(
        kernelStatus(other).some((node) => node === 1),
        'memory that nobody uses has no claim',
      );
    } finally {
      const [made = 0] = await crew.stop();
      assert.equal(countersAdded(buffer), made);
    }
    assertContent(idle);
  });
});
