import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hotOnTheSlowNode } from '../../src/policy/kit/policy-checks.js';
import { testPolicy } from '../../src/policy/kit/test-policy.js';
import {
  decide,
  deciding,
  LIES_ARE_EJECTED_CASES,
  liesAreEjected,
  load,
  moduleOf,
  refuses,
} from './support/own-policy-scenes.js';

const example = new URL('../../../examples/own-policy/', import.meta.url);

test('the example of a policy passes the checks, as its test says', () => {
  const file = fileURLToPath(new URL('test.mjs', example));
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  assert.match(output, /^\d+ checks passed, \d+ moved nothing\n$/);
});

test('the example decides in a thread of its own, with its options', async (t) => {
  const policy = await load(t, new URL('my-policy.mjs', example).href, { options: { contrast: 3 } });
  assert.equal(policy.name, 'swap');
  const scene = hotOnTheSlowNode();
  for (let epoch = 0; epoch < 5; epoch++) scene.epoch(policy);
  assert.deepEqual(
    scene.fastUnits().filter((unit) => unit >= 56),
    [56, 57, 58, 59, 60, 61, 62, 63],
  );
});

test('options that cannot be cloned', () =>
  refuses(deciding(''), 'EINVAL', /policy\.options: cannot be passed to another thread/, {
    options: () => 0,
  }));

// 64 units, of which the first 16 are on the fast node, which is full. The last 8 are hot.

liesAreEjected(LIES_ARE_EJECTED_CASES.slice(0, 1));

test('a policy whose thread ends between two decisions is ejected at the next one', async (t) => {
  const code =
    "setTimeout(() => { throw new Error('late') }, 20); export default () => ({ name: 'a', decide() {} })";
  const policy = await load(t, moduleOf(code), { limitMs: 60_000 });
  const scene = hotOnTheSlowNode();
  await assert.rejects(
    async () => {
      for (;;) {
        decide(policy, scene);
        await setTimeout(5);
      }
    },
    { code: 'EINVAL', message: /its thread exited with code 1: late|its thread has ended/ },
  );
});

test('a policy that writes to its input changes nothing but its copy', async (t) => {
  const policy = await load(t, deciding('input.nodeOf.fill(255); input.heat.rate.fill(0)'));
  const scene = hotOnTheSlowNode();
  assert.equal(decide(policy, scene).length, 0);
  assert.equal(scene.fastUnits().length, 16);
  assert.equal(scene.heat.rate[60], 1e6);
  await assert.rejects(testPolicy(deciding('input.nodeOf.fill(255)')), /nodeOf was changed/);
});

test('testPolicy names every rule that a policy breaks', async () => {
  const broken: readonly (readonly [string, RegExp])[] = [
    [
      "moves.push(0, 1, 'demotion', 1, 0, 0)",
      /lists with random heat.*there are 1|unknown node|has no room/s,
    ],
    ['Math.random()', /it reads no clock and no random numbers: it calls random/],
    ['Date.now()', /it reads no clock and no random numbers: it calls now/],
    ['return Promise.resolve()', /decide returned a promise/],
  ];
  for (const [code, message] of broken) await assert.rejects(testPolicy(deciding(code)), message);
  const counting = moduleOf(`
    let made = 0;
    export default () => {
      const even = made++ % 2 === 0;
      return { name: 'mine', decide({ heat, nodeOf, nodes, maxBytes }, moves) {
        const unit = nodeOf.findIndex((node) => node === 0);
        if (!even || unit < 0 || nodes[1].freeBytes < heat.unitBytes || maxBytes < heat.unitBytes) return;
        moves.push(unit, 1, 'demotion', 1, 0, 0);
      } };
    }`);
  await assert.rejects(testPolicy(counting), /the same input gives the same list: the lists differ/);
  await assert.rejects(testPolicy(moduleOf('export const a = 1')), /default export of the module is not/);
  const { passed, idle } = await testPolicy(deciding(''));
  assert.ok(idle > 0 && passed > 0);
});
