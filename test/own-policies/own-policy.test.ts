import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MigrationError } from '../../src/common/migration-error.js';
import { OwnPolicy, type OwnPolicyOptions } from '../../src/own-policies/own-policy.js';
import { hotOnTheSlowNode } from '../../src/policy/kit/policy-checks.js';
import type { Scene } from '../../src/policy/kit/scene.js';
import { testPolicy } from '../../src/policy/kit/test-policy.js';
import { MoveList } from '../../src/policy/move-list.js';
import { NO_NODE } from '../../src/policy/policy.js';

const example = new URL('../../../examples/own-policy/', import.meta.url);

/** The URL of a module with this code. */
const moduleOf = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** The URL of a module whose policy decides with this code, which sees `input` and `moves`. */
const deciding = (code: string): string =>
  moduleOf(`export default () => ({ name: 'mine', decide(input, moves) { ${code} } })`);

async function load(
  t: TestContext,
  module: string,
  more: Partial<OwnPolicyOptions> = {},
): Promise<OwnPolicy> {
  const policy = await OwnPolicy.load({ module, operation: 'test', ...more });
  t.after(() => policy.close());
  return policy;
}

function decide(policy: OwnPolicy, scene: Scene): MoveList {
  const moves = new MoveList();
  moves.clear(scene.nodeOf.length);
  policy.decide(scene.input(), moves);
  return moves;
}

async function refuses(module: string, code: string, message: RegExp, more = {}): Promise<void> {
  await assert.rejects(OwnPolicy.load({ module, operation: 'test', ...more }), (error) => {
    assert.ok(error instanceof MigrationError, String(error));
    assert.equal(error.code, code);
    assert.equal(error.operation, 'test');
    assert.match(error.message, message);
    return true;
  });
}

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

test('a module that makes no policy is refused, with the reason', async () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['./relative.mjs', 'EINVAL', /policy\.module: must be a file: or data: URL/],
    ['file:///absent/policy.mjs', 'ENOENT', /cannot import the module: Cannot find module/],
    [moduleOf('export const = 1'), 'EINVAL', /cannot import the module/],
    [moduleOf("throw new Error('at once')"), 'EINVAL', /cannot import the module: at once/],
    [moduleOf('export const a = 1'), 'EINVAL', /default export is not a function that makes a policy/],
    [moduleOf('export default 7'), 'EINVAL', /default export is not a function that makes a policy/],
    [moduleOf("export default () => { throw new Error('no') }"), 'EINVAL', /default export failed: no/],
    [moduleOf('export default () => undefined'), 'EINVAL', /returned a policy without a name/],
    [moduleOf("export default () => ({ name: 'a\\nb', decide() {} })"), 'EINVAL', /name: must be one line/],
    [moduleOf("export default () => ({ name: 'a' })"), 'EINVAL', /without a decide function/],
    [moduleOf("export default () => ({ name: 'auto', decide() {} })"), 'EINVAL', /that of a policy of page/],
    [
      moduleOf("export default () => ({ get name() { throw new Error('not yet') } })"),
      'EINVAL',
      /cannot read the policy: not yet/,
    ],
    [moduleOf('process.exit(3)'), 'EINVAL', /its thread/],
  ];
  for (const [module, code, message] of cases) await refuses(module, code, message);
});

test('a module that never finishes loading', async () => {
  for (const code of ['for (;;);', 'await new Promise(() => setInterval(() => 0, 1000));']) {
    await refuses(moduleOf(`${code} export default 1`), 'ETIMEDOUT', /loading timed out after 300 ms/, {
      loadLimitMs: 300,
    });
  }
});

test('options that cannot be cloned', () =>
  refuses(deciding(''), 'EINVAL', /policy\.options: cannot be passed to another thread/, {
    options: () => 0,
  }));

// 64 units, of which the first 16 are on the fast node, which is full. The last 8 are hot.
const LIES: Readonly<Record<string, readonly [code: string, message: RegExp]>> = {
  'an unknown unit': ["moves.push(64, 1, 'demotion', 1, 0, 0)", /unknown unit 64 \(there are 64\)/],
  'a unit below 0': ["moves.push(-1, 1, 'demotion', 1, 0, 0)", /unknown unit -1/],
  'half a unit': ["moves.push(0.5, 1, 'demotion', 1, 0, 0)", /unknown unit 0\.5/],
  'a unit that is text': ["moves.push('0', 1, 'demotion', 1, 0, 0)", /unknown unit NaN/],
  'an unknown node': ["moves.push(0, 256, 'demotion', 1, 0, 0)", /unknown node 256 \(there are 2\)/],
  'the node where it is': ["moves.push(0, 0, 'numa_misplaced', 1, 0, 0)", /on node 0 already/],
  'a unit twice': [
    "moves.push(0, 1, 'demotion', 1, 0, 0); moves.push(0, 1, 'demotion', 1, 0, 0)",
    /move 1: unit 0 is in the list twice/,
  ],
  'a unit that must not be moved': ["moves.push(5, 1, 'demotion', 1, 0, 0)", /unit 5 must not be moved/],
  'another reason': ["moves.push(0, 1, 'numa_misplaced', 1, 0, 0)", /must be 'demotion', not numa_misplaced/],
  'an unknown reason': ["moves.push(0, 1, 'whim', 1, 0, 0)", /must be 'demotion', not 'whim'/],
  'a gain that is not finite': ["moves.push(0, 1, 'demotion', 1, Infinity, 0)", /gainNs must be a number/],
  'a cost below 0': ["moves.push(0, 1, 'demotion', 1, 0, -1)", /costNs must be a number/],
  'a priority that is missing': ["moves.push(0, 1, 'demotion')", /priority must be a number/],
  'no room': [
    "for (const unit of [59, 60]) moves.push(unit, 0, 'numa_misplaced', 1, 0, 0)",
    /node 0 has no room for unit 60/,
  ],
  'an unknown rate': [
    "moves.push(0, 1, 'demotion', 1, 0, 0); moves.push(40, 0, 'numa_misplaced', 1, 0, 0)",
    /unit 40 must not be promoted/,
  ],
  'more than the budget': [
    "for (let unit = 6; unit < 16; unit++) moves.push(unit, 1, 'demotion', 1, 0, 0)",
    /more than the 16777216 bytes/,
  ],
  'a list without end': ["for (;;) moves.push(0, 1, 'demotion', 1, 0, 0)", /there are more moves than units/],
  'a promise': ['return Promise.reject(new Error())', /decide returned a promise/],
  'an error': ["throw new Error('lost')", /decide failed: lost/],
  'the end of its thread': ['process.exit(4)', /its thread exited with code 4/],
};

for (const [what, [code, message]] of Object.entries(LIES)) {
  test(`a policy that answers with ${what} is ejected, and nothing moves`, async (t) => {
    const policy = await load(t, deciding(code), { limitMs: 60_000 });
    const scene = hotOnTheSlowNode();
    scene.nodeOf[5] = NO_NODE;
    scene.rate(40, Number.NaN);
    scene.maxUnits = 8;
    const moves = new MoveList();
    moves.clear(64);
    for (let epoch = 0; epoch < 2; epoch++) {
      assert.throws(
        () => policy.decide(scene.input(), moves),
        (error) => {
          assert.ok(error instanceof MigrationError, String(error));
          assert.match(error.message, message);
          assert.equal(error, policy.ejected);
          return true;
        },
      );
    }
    assert.equal(moves.length, 0);
  });
}

test('a policy that loops forever is ejected', async (t) => {
  const policy = await load(t, deciding('for (;;);'), { limitMs: 200 });
  assert.throws(() => decide(policy, hotOnTheSlowNode()), { code: 'ETIMEDOUT' });
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
