import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MigrationError } from '../../../src/common/migration-error.js';
import { OwnPolicy, type OwnPolicyOptions } from '../../../src/own-policies/own-policy.js';
import { hotOnTheSlowNode } from '../../../src/policy/kit/policy-checks.js';
import type { Scene } from '../../../src/policy/kit/scene.js';
import { MoveList } from '../../../src/policy/move-list.js';
import { NO_NODE } from '../../../src/policy/policy.js';

/** The URL of a module with this code. */
export const moduleOf = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** The URL of a module whose policy decides with this code, which sees `input` and `moves`. */
export const deciding = (code: string): string =>
  moduleOf(`export default () => ({ name: 'mine', decide(input, moves) { ${code} } })`);

export async function load(
  t: TestContext,
  module: string,
  more: Partial<OwnPolicyOptions> = {},
): Promise<OwnPolicy> {
  const policy = await OwnPolicy.load({ module, operation: 'test', ...more });
  t.after(() => policy.close());
  return policy;
}

export function decide(policy: OwnPolicy, scene: Scene): MoveList {
  const moves = new MoveList();
  moves.clear(scene.nodeOf.length);
  policy.decide(scene.input(), moves);
  return moves;
}

export async function refuses(module: string, code: string, message: RegExp, more = {}): Promise<void> {
  await assert.rejects(OwnPolicy.load({ module, operation: 'test', ...more }), (error) => {
    assert.ok(error instanceof MigrationError, String(error));
    assert.equal(error.code, code);
    assert.equal(error.operation, 'test');
    assert.match(error.message, message);
    return true;
  });
}

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

export const LIES_ARE_EJECTED_CASES = Object.entries(LIES);

export function liesAreEjected(cases: readonly (typeof LIES_ARE_EJECTED_CASES)[number][]): void {
  for (const [what, [code, message]] of cases) {
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
}
