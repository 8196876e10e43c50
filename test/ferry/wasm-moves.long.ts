import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScriptWith } from './support/child.js';
import { LIMIT } from './support/fixture.js';

for (const [what, about] of [
  ['moves-at-rest', 'at rest: the region is where it is then'],
  ['moves-live', 'in mid-migration, with another one queued: both go on where it is then'],
  ['moves-ignoring', "in mid-migration, with growth: 'ignore': the region stays as long as it was"],
  ['moves-at-once', 'between the request and the first page, and its old place is reused'],
  ['reused', 'and its old place is adopted, too'],
  ['untold', 'but would not tell this ferry: adopt refuses it'],
  ['released', 'and is released when its old place is of another region'],
] as const) {
  test(`V8 moves a WebAssembly.Memory ${about}`, LIMIT, async () => {
    const { code, output } = await runScriptWith(['--disable-wasm-trap-handler'], 'wasm-moves', what);
    assert.equal(code, 0, output);
    assert.match(output, /done\n$/);
  });
}

test('memories that are side by side: one that V8 moves never counts as one that stays', LIMIT, async (t) => {
  const { code, output } = await runScriptWith(['--disable-wasm-trap-handler'], 'wasm-side-by-side');
  assert.equal(code, 0, output);
  const moved = Number(/moved (\d+)\n$/.exec(output)?.[1]);
  if (moved === 0) t.skip('V8 has moved none of them');
  else assert.ok(moved > 0, output);
});
