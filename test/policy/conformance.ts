import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hotOnTheSlowNode, policyChecks } from '../../src/policy/kit/policy-checks.js';
import { Scene } from '../../src/policy/kit/scene.js';
import type { Policy } from '../../src/policy/policy.js';

/** The duties of a policy (`policyChecks`), and what each of pageferry's policies does beyond them. */
export function policyConformance(create: () => Policy): void {
  const { name } = create();

  describe(`${name} keeps the contract of a policy`, () => {
    for (const check of policyChecks(create)) {
      test(check.name, async () => {
        const outcome = await check.run();
        // In the other scenes a policy may have no reason to move anything.
        if (/seed|clock/.test(check.name)) assert.equal(outcome, 'passed');
      });
    }

    test('hot memory on the slow node comes to the fast one, and cold memory makes room', () => {
      const scene = hotOnTheSlowNode();
      scene.epochs(create(), 60);
      const hot = scene.fastUnits().filter((unit) => unit >= 56);
      assert.equal(hot.length, 8, `fast: ${scene.fastUnits()}`);
    });

    test('memory of which nothing is known stays', () => {
      const scene = new Scene({ units: 32, room: [16, 32] });
      for (let unit = 0; unit < 32; unit++) scene.rate(unit, Number.NaN);
      assert.deepEqual(scene.epochs(create(), 10), []);
    });

    test('memory that is all on the fast node, with room left, stays', () => {
      const scene = new Scene({ units: 16, room: [20, 32], headroom: 2 });
      for (let unit = 0; unit < 16; unit++) scene.rate(unit, 1e5 * (1 + unit));
      assert.deepEqual(scene.epochs(create(), 20), []);
    });

    test('a slow node that is full takes no demotions', () => {
      const scene = new Scene({ units: 32, room: [16, 16] });
      for (let unit = 0; unit < 32; unit++) scene.rate(unit, unit >= 16 ? 1e6 : 0);
      assert.deepEqual(scene.epochs(create(), 20), []);
    });
  });
}
