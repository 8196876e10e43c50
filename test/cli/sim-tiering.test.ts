import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tiersJson } from '../sim/tiering/machine.js';
import { runCli } from './run-cli.js';
import { folder, rows, SMALL } from './support/sim-tiering-scenes.js';

after(() => rmSync(folder, { recursive: true }));

test('sim tiering: text has a table for each program, and the notes', () => {
  const { status, stdout } = runCli([...SMALL, '--program', 'chase,scan', '--policy', 'auto']);
  assert.equal(status, 0);
  assert.match(stdout, /^chase:$/m);
  assert.match(stdout, /^scan:$/m);
  assert.match(stdout, /first touch +[\d.]+ +\+0\.0 %/);
});

test('sim tiering: a machine from a file, and wrong ones', () => {
  const file = join(folder, 'tiers.json');
  writeFileSync(file, JSON.stringify({ ...tiersJson(), name: 'mine' }));
  const { status, stdout } = runCli([...SMALL, '--program', 'chase', '--policy', 'auto', '--profile', file]);
  assert.equal(status, 0);
  assert.match(stdout, /\(mine\)/);
  writeFileSync(file, JSON.stringify({ ...tiersJson(), nodes: [] }));
  for (const [flags, message] of [
    [['--profile', file], /--profile: .*nodes: must be 2 nodes/],
    [['--profile', 'zen9'], /Known profiles: skylake-2s, skylake-cxl/],
    [['--costs', 'zen9'], /--costs: .*Known profiles: zen3-ptdma/],
    [['--set', 'dma.channels=0', '--migrator', 'dcbm'], /channels: dcbm needs a DMA device/],
    [['--policy', 'best'], /auto, recency, frequency, balance/],
    [['--watch-ms', '200'], /--watch-ms: 200 is above --epoch-ms 100/],
    [['--fast', '0'], /from 1 to 100/],
    [['--recording', join(folder, 'none')], /does not exist/],
    [['--recording', file], /not a heat recording/],
  ] as const) {
    const { status, stderr } = runCli([...SMALL, ...flags]);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replaceAll(/\s+/g, ' '), message);
  }
});

test('sim tiering: --shadows runs each policy a second time, with fewer copies', () => {
  const found = rows('--program', 'scan', '--policy', 'recency', '--shadows').slice(4);
  assert.deepEqual(
    found.map(({ placement }) => placement),
    ['recency', 'recency, shadows'],
  );
  assert.ok(found[1]!.copiedBytes < found[0]!.copiedBytes);
  const { status, stderr } = runCli([...SMALL, '--program', 'scan', '--slow', '50']);
  assert.equal(status, 2);
  assert.match(stderr, /--slow: 50 is too small for scan with --fast 25\. Use 76 or more/);
});

test('sim tiering: a policy of the user, beside the others, and one that breaks its contract', () => {
  const own = fileURLToPath(new URL('../../../examples/own-policy/my-policy.mjs', import.meta.url));
  const found = rows('--program', 'chase', '--policy', `auto,${own}`, '--policy-options', '{"contrast":4}');
  const [, , first, , auto, swap] = found;
  assert.deepEqual([auto!.placement, swap!.placement], ['auto', 'swap']);
  assert.ok(swap!.nsPerOperation < first!.nsPerOperation);
  const file = join(folder, 'liar.mjs');
  const lie = "moves.push(0, 7, 'demotion', 1, 0, 0)";
  writeFileSync(file, `export default () => ({ name: 'liar', decide(input, moves) { ${lie} } })`);
  for (const [flags, message] of [
    [['--policy', file], /policy 'liar': move 0: unknown node 7 \(there are 2\)/],
    [['--policy', own, '--policy-options', '{"contrast":0}'], /contrast must be a number from 1 on, not 0/],
    [['--policy', 'auto', '--policy-options', '{}'], /--policy-options: are for policies of your own/],
    [['--free-cpus', '25'], /--free-cpus: 25 is above the \d+ of/],
    [['--policy', own, '--policy-options', '{'], /--policy-options.* It must be JSON/],
  ] as const) {
    const { status, stderr } = runCli([...SMALL, '--program', 'chase', ...flags]);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replaceAll(/\s+/g, ' '), message);
  }
  const absent = runCli([...SMALL, '--policy', join(folder, 'absent.mjs')]);
  assert.notEqual(absent.status, 0);
  assert.match(absent.stderr, /cannot import the module/);
});
