import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hotOnTheSlowNode } from '../../src/policy/kit/policy-checks.js';
import {
  decide,
  deciding,
  LIES_ARE_EJECTED_CASES,
  liesAreEjected,
  load,
  moduleOf,
  refuses,
} from './support/own-policy-scenes.js';

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
    [moduleOf('process.exit(3)'), 'EINVAL', /its thread exited with code 3/],
    [moduleOf('await new Promise(() => 0); export default 1'), 'EINVAL', /its thread exited with code/],
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

liesAreEjected(LIES_ARE_EJECTED_CASES.slice(1));

test('a policy that loops forever is ejected', async (t) => {
  const policy = await load(t, deciding('for (;;);'), { limitMs: 200 });
  assert.throws(() => decide(policy, hotOnTheSlowNode()), { code: 'ETIMEDOUT' });
});
