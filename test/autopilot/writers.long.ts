import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import { seededRandom } from '../../src/common/random.js';
import { startAutopilot } from '../../src/index.js';
import { POLICY_NAMES } from '../../src/policy/policies.js';
import { amount } from '../deep.js';
import { runScript } from '../ferry/support/child.js';
import { countersAdded, fillCounters } from '../ferry/support/content.js';
import { Crew } from '../ferry/support/crew.js';
import { HUGE, LIMIT, until, withFerry } from '../ferry/support/fixture.js';
import { KnownHeat } from './support/known-heat.js';
import { epochs, NODES } from './support/known-pilot.js';

const UNITS = 8;
const ROLES = [{ kind: 'write' }, { kind: 'write' }, { kind: 'read' }] as const;

for (const policy of POLICY_NAMES) {
  test(`no write is lost while ${policy} moves memory whose heat changes all the time`, LIMIT, async () => {
    await withFerry({ nodes: NODES }, async (ferry) => {
      const random = seededRandom(POLICY_NAMES.indexOf(policy) + 1);
      const buffers = [0, 1].map(() => new SharedArrayBuffer(UNITS * HUGE));
      for (const buffer of buffers) fillCounters(buffer);
      const crews = await Promise.all(buffers.map((buffer) => Crew.start(buffer, ROLES)));
      try {
        const regions = buffers.map((buffer) => ferry.adopt(buffer, { node: 1 }));
        const heat = new KnownHeat();
        const autopilot = launch(
          ferry,
          {
            policy,
            accessNs: [100, 10_000],
            epochMs: 10,
            headroom: 0.25,
            cpuShare: 1,
            bytesPerSecond: 2 ** 32,
            actuators: { hugePages: true, pageOut: true },
            coldMs: 1000,
          },
          heat.watch,
        );
        for (let round = 0; round < amount(40, 400); round++) {
          for (const region of regions) {
            heat.rates.set(
              region,
              Array.from({ length: UNITS }, () => (random(2) === 0 ? 0 : 10 ** (4 + random(5)))),
            );
          }
          heat.skip(random(2000));
          await epochs(autopilot, heat, 1);
        }
        await autopilot.stop();
        const { moves } = autopilot.report();
        assert.ok(moves.some(({ actuator }) => actuator === 'nodes'));
      } finally {
        const counts = await Promise.all(crews.map((crew) => crew.stop()));
        for (const [i, buffer] of buffers.entries()) {
          assert.equal(countersAdded(buffer), counts[i]![0]! + counts[i]![1]!);
        }
      }
    });
  });
}

test('no write is lost while the autopilot works by what it sees itself', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const buffer = new SharedArrayBuffer(UNITS * HUGE);
    fillCounters(buffer);
    const crew = await Crew.start(buffer, ROLES);
    try {
      ferry.adopt(buffer, { node: 1 });
      const options = { policy: 'recency', accessNs: [100, 10_000], epochMs: 10, cpuShare: 1 } as const;
      const autopilot = startAutopilot(ferry, options);
      await until(() => autopilot.report().epochs >= 20 || autopilot.report().state !== 'running');
      assert.equal(autopilot.report().state, 'running', autopilot.report().problem ?? '');
      await crew.allGoOn();
      await autopilot.stop();
      assert.ok(autopilot.report().moves.length > 0);
    } finally {
      const [one = 0, two = 0] = await crew.stop();
      assert.equal(countersAdded(buffer), one + two);
    }
  });
});

test('an autopilot does not keep a process alive', LIMIT, async () => {
  const { code, signal, output } = await runScript('leaves-autopilot');
  assert.deepEqual([code, signal, output], [0, null, 'running at the end of the script\n']);
});
