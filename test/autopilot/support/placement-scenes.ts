import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../../src/autopilot/start-autopilot.js';
import type { POLICY_NAMES } from '../../../src/policy/policies.js';
import { assertContent } from '../../ferry/support/content.js';
import { HUGE, LIMIT, withFerry } from '../../ferry/support/fixture.js';
import { KnownHeat } from './known-heat.js';
import { bytesOf, FAST_UNITS, filled, NODES, OPTIONS, untilFast } from './known-pilot.js';

export function bringsHotUnits(cases: readonly (typeof POLICY_NAMES)[number][]): void {
  for (const policy of cases) {
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
}
