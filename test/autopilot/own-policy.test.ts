import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { launch } from '../../src/autopilot/start-autopilot.js';
import type { AutopilotOptions, Ferry, FerryEvent, Region } from '../../src/index.js';
import { assertContent } from '../ferry/support/content.js';
import { HUGE, LIMIT, refusal, until, withFerry } from '../ferry/support/fixture.js';
import { KnownHeat } from './support/known-heat.js';
import {
  bytesOf,
  epochs,
  FAST_UNITS,
  filled,
  NODES,
  OPTIONS,
  onNode,
  untilFast,
} from './support/known-pilot.js';

const EXAMPLE = new URL('../../../examples/own-policy/my-policy.mjs', import.meta.url);

/** The URL of a module with this code. */
const moduleOf = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** The URL of a module whose policy decides with this code, which sees `input` and `moves`. */
const deciding = (code: string): string =>
  moduleOf(`import { workerData } from 'node:worker_threads';
    export default () => ({ name: 'mine', decide(input, moves) { ${code} } })`);

async function fly(
  ferry: Ferry,
  options: AutopilotOptions,
  use: (pilot: ReturnType<typeof launch>, heat: KnownHeat, region: Region) => Promise<void>,
): Promise<void> {
  const { buffer, region } = filled(ferry);
  const heat = new KnownHeat();
  const autopilot = launch(ferry, { ...OPTIONS, ...options }, heat.watch);
  heat.rates.set(region, [0, 0, 1e7, 0, 1e7, 1e7]);
  await use(autopilot, heat, region);
  await autopilot.stop();
  assert.equal(autopilot.report().state, 'stopped');
  assertContent(buffer);
}

/** Lets it do epochs until the policy is ejected. */
async function untilEjected(autopilot: ReturnType<typeof launch>, heat: KnownHeat): Promise<void> {
  await until(() => {
    heat.step();
    return autopilot.report().policyError !== null;
  });
}

function policyEvents(events: readonly FerryEvent[]) {
  return events.filter((event) => event.kind === 'policy');
}

test("a program's own policy places memory, by its name", LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const policy = { module: EXAMPLE, options: { contrast: 3 } };
    const reader = ferry.events();
    await fly(ferry, { policy }, async (autopilot, heat, region) => {
      assert.equal(autopilot.report().policy, null);
      await untilFast(autopilot, heat, region, [2, 4, 5]);
      heat.rates.set(region, [1e7, 1e7, 0, 1e7]);
      await untilFast(autopilot, heat, region, [0, 1, 3]);
      const report = autopilot.report();
      assert.equal(report.policy, 'swap');
      assert.equal(report.policyError, null);
      assert.ok(report.moves.every((move) => move.policy === 'swap'));
      assert.ok(bytesOf(report, 'demotion', 0, 1) >= FAST_UNITS * HUGE);
    });
    const [loaded, ...others] = policyEvents(reader.read().events);
    assert.deepEqual([loaded?.action, loaded?.name, loaded?.why], ['load', 'swap', '']);
    assert.deepEqual(others, []);
    reader.close();
  });
});

test('a policy begins anew when units get other numbers', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    // It counts its decisions, and promotes nothing after the first ones.
    const module =
      moduleOf(`export default () => { let n = 0; return { name: 'early', decide({ heat, nodeOf }, moves) {
      const unit = nodeOf.indexOf(1);
      if (n++ < 1 && unit >= 0) moves.push(unit, 0, 'numa_misplaced', 1, 0, 0);
    } }; }`);
    await fly(ferry, { policy: { module } }, async (autopilot, heat, region) => {
      await until(() => autopilot.report().policy !== null);
      await epochs(autopilot, heat, 5);
      assert.equal((await onNode(region, 0)).length, 1);
      // Regions that come and go leave places without a unit, until the list is made anew.
      for (let i = 0; i < 20 && (await onNode(region, 0)).length < 2; i++) {
        const other = ferry.adopt(new SharedArrayBuffer(128 * HUGE), { node: 1 });
        await epochs(autopilot, heat, 2);
        await other.release();
        await epochs(autopilot, heat, 2);
      }
      assert.equal((await onNode(region, 0)).length, 2);
    });
  });
});

const HOSTILE: Readonly<Record<string, readonly [code: string, errno: string, message: RegExp]>> = {
  throws: ["throw new Error('lost')", 'EINVAL', /policy 'mine': decide failed: lost/],
  hangs: ['for (;;);', 'ETIMEDOUT', /did not decide within 300 ms/],
  'answers nonsense': ["moves.push(99999, 0, 'numa_misplaced', 1, 0, 0)", 'EINVAL', /unknown unit 99999/],
  'answers too much': ["for (;;) moves.push(0, 0, 'demotion', 1, 0, 0)", 'EINVAL', /more moves than units/],
  'answers a promise': ['return new Promise(() => 0)', 'EINVAL', /decide returned a promise/],
  'ends its thread': ['process.exit(3)', 'EINVAL', /its thread exited with code 3/],
  'posts what is no answer': ['workerData.port.postMessage(7)', 'EINVAL', /unexpected message/],
  'posts moves that are none': [
    'workerData.port.postMessage({ moves: { figures: [], reasons: 3 } })',
    'EINVAL',
    /unexpected message/,
  ],
  'posts figures without reasons': [
    "workerData.port.postMessage({ moves: { figures: new Float64Array(4), reasons: ['demotion'] } })",
    'EINVAL',
    /unexpected message/,
  ],
  'closes its port': ['workerData.port.close()', 'EINVAL', /its thread exited with code 0/],
  'uses up its heap': ['const all = []; for (;;) all.push(new Array(1e6).fill(1.5))', 'ETIMEDOUT', /did not/],
};

for (const [what, [code, errno, message]] of Object.entries(HOSTILE)) {
  test(`a policy that ${what} is ejected, and the program goes on`, LIMIT, async () => {
    await withFerry({ nodes: NODES }, async (ferry) => {
      const reader = ferry.events();
      const policy = { module: deciding(code), limitMs: 300 };
      const warned = once(process, 'warning');
      await fly(ferry, { policy }, async (autopilot, heat, region) => {
        await untilEjected(autopilot, heat);
        const { policyError, actuators, state, moves } = autopilot.report();
        assert.equal(policyError?.code, errno, policyError?.message);
        assert.match(policyError!.message, message);
        assert.equal(actuators.nodes.on, false);
        assert.match(actuators.nodes.why, message);
        assert.equal(state, 'running');
        assert.deepEqual(moves, []);
        // It watches on, and the program migrates as before.
        await epochs(autopilot, heat, 2);
        const [{ offset } = { offset: 0 }] = region.migratable;
        assert.equal((await region.migrate({ to: 0, offset, length: HUGE })).bytesMoved, HUGE);
      });
      const [warning] = (await warned) as [Error & { code: string }];
      assert.equal(warning.code, 'PAGEFERRY_POLICY_EJECTED');
      const found = policyEvents(reader.read().events).map(({ action, name }) => [action, name]);
      assert.deepEqual(found, [
        ['load', 'mine'],
        ['eject', 'mine'],
      ]);
      reader.close();
    });
  });
}

test('a policy that cannot be loaded is reported in the same way', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const reader = ferry.events();
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['file:///absent/policy.mjs', 'ENOENT', /cannot import the module/],
      [moduleOf('export default () => ({})'), 'EINVAL', /a policy without a name/],
      [
        moduleOf("export default () => ({ name: 'auto', decide() {} })"),
        'EINVAL',
        /that of a policy of page/,
      ],
    ];
    for (const [module, code, message] of cases) {
      await fly(ferry, { policy: { module } }, async (autopilot, heat) => {
        await untilEjected(autopilot, heat);
        const { policy, policyError } = autopilot.report();
        assert.equal(policy, null);
        assert.equal(policyError!.code, code);
        assert.match(policyError!.message, message);
      });
    }
    assert.equal(policyEvents(reader.read().events).length, cases.length);
    reader.close();
  });
});

test('the other actuators continue without a policy', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const policy = { module: deciding('throw 1') };
    const actuators = { hugePages: true, pageOut: false };
    await fly(ferry, { policy, actuators }, async (autopilot, heat, region) => {
      heat.rates.set(region, Array(8).fill(1e9));
      await untilEjected(autopilot, heat);
      await until(() => {
        heat.step();
        return autopilot.report().moves.length > 0;
      });
      assert.equal(autopilot.report().moves[0]!.actuator, 'hugePages');
    });
  });
});

test('an autopilot whose policy hangs, or does not load, can be stopped', LIMIT, async () => {
  await withFerry({ nodes: NODES }, async (ferry) => {
    const hangs = { module: deciding('for (;;);'), limitMs: 60_000 };
    await fly(ferry, { policy: hangs }, async (autopilot, heat) => {
      await until(() => autopilot.report().policy !== null);
      heat.step();
    });
    const loads = { module: moduleOf('await new Promise(() => setInterval(() => 0, 1000))') };
    await fly(ferry, { policy: loads }, async (autopilot, heat) => epochs(autopilot, heat, 2));
  });
});

test('bad policies are refused with their name', LIMIT, async () => {
  await withFerry({}, (ferry) => {
    for (const [policy, argument] of [
      [7, 'options.policy'],
      [null, 'options.policy'],
      [{}, 'policy.module'],
      [{ module: './relative.mjs' }, 'policy.module'],
      [{ module: EXAMPLE, options: () => 0 }, 'policy.options'],
      [{ module: EXAMPLE, limitMs: 0 }, 'options.policy.limitMs'],
      [{ module: EXAMPLE, limitMs: Number.NaN }, 'options.policy.limitMs'],
      [{ module: EXAMPLE, limit: 1 }, 'options.policy.limit'],
    ] as unknown as [NonNullable<AutopilotOptions['policy']>, string][]) {
      assert.throws(() => launch(ferry, { policy }), refusal('EINVAL', argument), argument);
    }
  });
});
