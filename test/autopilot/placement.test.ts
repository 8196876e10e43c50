import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import type { Autopilot, AutopilotOptions, AutopilotReport, Ferry, Region } from '../../src/index.js';
import { POLICY_NAMES } from '../../src/policy/policies.js';
import { assertContent, fill } from '../ferry/support/content.js';
import { HUGE, LIMIT, until, whereAll, withFerry } from '../ferry/support/fixture.js';
import { KnownHeat } from './support/known-heat.js';

const UNITS = 8;
const MAX_EPOCHS = 200;
const FAST_UNITS = 3;
const NODES = [
  { id: 0, numaNode: 0, capacityBytes: (FAST_UNITS + 1.5) * HUGE },
  { id: 1, numaNode: 0 },
];
const OPTIONS: AutopilotOptions = {
  accessNs: [100, 1000],
  epochMs: 10,
  headroom: 0.25,
  actuators: { hugePages: false, pageOut: false },
  bytesPerSecond: 2 ** 32,
  cpuShare: 1,
};

/** Lets it do so many epochs. */
async function epochs(autopilot: Autopilot, heat: KnownHeat, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const before = autopilot.report().epochs;
    heat.step();
    await until(() => autopilot.report().epochs > before || autopilot.report().state !== 'running');
    assert.equal(autopilot.report().state, 'running', autopilot.report().problem ?? '');
  }
}

async function onNode(region: Region, node: number): Promise<number[]> {
  const where = await whereAll(region);
  const units = Array.from({ length: Math.ceil(where.length / 512) }, (_, i) => i);
  return units.filter((unit) => where.slice(unit * 512, (unit + 1) * 512).every((each) => each === node));
}

function bytesOf({ moves }: AutopilotReport, reason: string, from: number, to: number): number {
  const found = moves.filter((move) => move.reason === reason && move.from === from && move.to === to);
  return found.reduce((sum, { bytes }) => sum + bytes, 0);
}

function filled(ferry: Ferry, units = UNITS): { buffer: SharedArrayBuffer; region: Region } {
  const buffer = new SharedArrayBuffer(units * HUGE + 4096);
  fill(buffer);
  return { buffer, region: ferry.adopt(buffer, { node: 1 }) };
}

/** Lets it do epochs until the fast node has these units. */
async function untilFast(
  autopilot: Autopilot,
  heat: KnownHeat,
  region: Region,
  units: readonly number[],
): Promise<void> {
  let found: number[] = [];
  for (let i = 0; i < MAX_EPOCHS; i++) {
    await epochs(autopilot, heat, 1);
    found = await onNode(region, 0);
    if (units.every((unit) => found.includes(unit))) return;
  }
  assert.deepEqual(found, units, JSON.stringify(autopilot.report()));
}

for (const policy of POLICY_NAMES) {
  test(`${policy} brings hot units to the fast node, and others in their place later`, LIMIT, async () => {
    await withFerry({ nodes: NODES }, async (ferry) => {
      const { buffer, region } = filled(ferry);
      const heat = new KnownHeat();
      const autopilot = launch(ferry, { ...OPTIONS, policy }, heat.watch);
      heat.rates.set(region, [0, 0, 1e7, 0, 1e7, 1e7]);
      await untilFast(autopilot, heat, region, [2, 4, 5]);
      const first = autopilot.report();
      assert.equal(bytesOf(first, 'numa_misplaced', 1, 0), FAST_UNITS * HUGE);
      assert.equal(bytesOf(first, 'demotion', 0, 1), 0);
      heat.rates.set(region, [1e7, 1e7, 0, 1e7]);
      // A policy keeps a unit for a second after its move, so that nothing is moved back and forth.
      heat.skip(5000);
      await untilFast(autopilot, heat, region, [0, 1, 3]);
      await autopilot.stop();
      const report = autopilot.report();
      assert.equal(report.state, 'stopped');
      assert.equal(report.policy, policy);
      assert.ok(bytesOf(report, 'demotion', 0, 1) >= 2 * HUGE);
      assert.ok(report.moves.every((move) => move.policy === policy && move.actuator === 'nodes'));
      assert.ok(report.pauses.batches > 0 && report.pauses.maxNs > 0);
      assert.ok(report.cpuNs.moving > 0);
      assertContent(buffer);
    });
  });
}
