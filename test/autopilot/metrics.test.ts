import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import { FerryMetrics } from '../../src/metrics/ferry-metrics.js';
import { HUGE, LIMIT, withFerry } from '../ferry/support/fixture.js';
import { KnownHeat } from './support/known-heat.js';
import { filled, NODES, OPTIONS, untilFast } from './support/known-pilot.js';

test(
  'moves are counted by reason, policy and nodes, also after the end of the autopilot',
  LIMIT,
  async () => {
    await withFerry({ nodes: NODES }, async (ferry) => {
      const metrics = new FerryMetrics(ferry);
      const labels = 'actuator="nodes",policy="frequency",reason="numa_misplaced",from="1",to="0"';
      const name = `pageferry_autopilot_moved_bytes_total{${labels}}`;
      assert.ok(!(await metrics.text()).includes(name));
      const { region } = filled(ferry);
      const heat = new KnownHeat();
      heat.rates.set(region, [0, 0, 1e7, 0, 1e7]);
      for (const units of [[2, 4], [5]]) {
        const autopilot = launch(ferry, { ...OPTIONS, policy: 'frequency' }, heat.watch);
        heat.rates.set(
          region,
          [0, 1, 2, 3, 4, 5].map((unit) => (units.includes(unit) || unit === 4 ? 1e7 : 0)),
        );
        await untilFast(autopilot, heat, region, units);
        await autopilot.stop();
      }
      const text = await metrics.text();
      assert.ok(text.includes(`${name} ${3 * HUGE}\n`), text.match(/^pageferry_autopilot.*$/gm)?.join('\n'));
      assert.match(text, /^pageferry_autopilot_cpu_seconds_total\{task="moving"\} 0\.\d+$/m);
      metrics.close();
    });
  },
);
