import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../../src/autopilot/start-autopilot.js';
import { openFerryWith } from '../../../src/ferry/open-ferry.js';
import { assertContent } from '../../ferry/support/content.js';
import { failingMachine } from '../../ferry/support/failing-machine.js';
import { LIMIT } from '../../ferry/support/fixture.js';
import { KnownHeat } from './known-heat.js';
import { filled, NODES, OPTIONS } from './known-pilot.js';

export const THREAD_ENDS_CASES = ['unmap', 'map'] as const;

export function threadEnds(cases: readonly (typeof THREAD_ENDS_CASES)[number][]): void {
  for (const call of cases) {
    test(`the migration thread ends after ${call}: it fails, and nothing is lost`, LIMIT, async () => {
      const wrapMachine = failingMachine({ call, when: 'after', nth: 3, how: 'exit' });
      const ferry = await openFerryWith({ nodes: NODES }, { wrapMachine });
      ferry.closed.catch(() => undefined);
      const { buffer, region } = filled(ferry);
      const heat = new KnownHeat();
      heat.rates.set(region, [0, 0, 1e7, 0, 1e7, 1e7]);
      const autopilot = launch(ferry, { ...OPTIONS, policy: 'frequency' }, heat.watch);
      while (autopilot.report().state === 'running') {
        heat.step();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const { state, problem } = autopilot.report();
      assert.equal(state, 'failed');
      assert.match(problem!, /the migration thread failed/);
      await ferry.close();
      assertContent(buffer);
    });
  }
}
