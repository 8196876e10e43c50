import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeRecording } from '../heat/recordings.js';
import { tiersJson } from '../sim/tiering/machine.js';
import { runCli } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'pageferry-'));
after(() => rmSync(folder, { recursive: true }));

interface Row {
  readonly program: string;
  readonly placement: string;
  readonly migrator?: string;
  readonly batchBytes?: number;
  readonly nsPerOperation: number;
  readonly hitRatio: number;
  readonly copiedBytes: number;
  readonly options?: string;
}

const SMALL = ['sim', 'tiering', '--memory', '256M', '--seconds', '5'];

function rows(...args: string[]): Row[] {
  const { status, stdout, stderr } = runCli([...SMALL, ...args, '--json']);
  assert.equal(status, 0, stderr);
  const { schema, rows } = JSON.parse(stdout) as { schema: string; rows: Row[] };
  assert.equal(schema, 'pageferry.sim.tiering/1');
  return rows;
}

test('sim tiering: four baselines and each policy, for each program', () => {
  const found = rows('--program', 'chase,scan', '--policy', 'auto,frequency');
  assert.deepEqual(
    found.map(({ program, placement }) => `${program}: ${placement}`),
    ['chase', 'scan'].flatMap((program) =>
      ['all fast', 'all slow', 'first touch', 'oracle', 'auto', 'frequency'].map(
        (placement) => `${program}: ${placement}`,
      ),
    ),
  );
  const [fast, slow, first, oracle, auto] = found.map(({ nsPerOperation }) => nsPerOperation);
  assert.ok(fast! < slow! && oracle! <= auto! && auto! < first!);
  assert.deepEqual(
    found.slice(0, 3).map(({ hitRatio }) => hitRatio),
    [1, 0, 0],
  );
});

test('sim tiering: migrators and batches, with the batch from which on offload is faster', () => {
  const args = ['--program', 'chase', '--policy', 'auto', '--migrator', 'baseline,dcbm', '--channels', '8'];
  const found = rows(...args, '--batch-bytes', '4K,16M').filter(({ migrator }) => migrator !== undefined);
  assert.deepEqual(
    found.map(({ migrator, batchBytes }) => [migrator, batchBytes]),
    [
      ['baseline', 4096],
      ['baseline', 2 ** 24],
      ['dcbm', 4096],
      ['dcbm', 2 ** 24],
    ],
  );
  assert.ok(found[3]!.nsPerOperation < found[1]!.nsPerOperation);
  const { stdout } = runCli([...SMALL, ...args, '--batch-bytes', '4K,16M']);
  assert.match(stdout.replaceAll(/\s+/g, ' '), /chase, auto: dcbm ×8 is faster from batches of 16M on/);
});

test('sim tiering: batches of a migrator alone are compared with nothing, and a note says how to', () => {
  const args = ['--program', 'chase', '--policy', 'auto', '--migrator', 'dcbm', '--batch-bytes', '4K,16M'];
  const { status, stdout } = runCli([...SMALL, ...args]);
  assert.equal(status, 0);
  assert.match(stdout, /add baseline to --migrator/);
});

test('sim tiering: --tune adds the fastest of many options, which no default beats', () => {
  const found = rows('--program', 'zipf', '--policy', 'frequency,balance', '--tune', '--seconds', '2');
  const tuned = found.at(-1)!;
  assert.equal(tuned.placement, 'tuned');
  assert.match(tuned.options!, /^(recency|frequency|balance), .* half-life \d+ ms$/);
  for (const { placement, nsPerOperation } of found.slice(4)) {
    assert.ok(tuned.nsPerOperation <= nsPerOperation, placement);
  }
});

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
    [['--set', 'dma.channels=0', '--migrator', 'dcbm'], /--channels: 1 is above the 0/],
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

test('sim tiering: a recording is a program of its own length', () => {
  const file = join(folder, 'heap.pfheat');
  writeFileSync(file, makeRecording({ snapshots: 20 }).bytes);
  const { status, stdout, stderr } = runCli([
    'sim',
    'tiering',
    '--recording',
    file,
    '--policy',
    'auto',
    '--json',
  ]);
  assert.equal(status, 0, stderr);
  const found = (JSON.parse(stdout) as { rows: Row[] }).rows;
  assert.deepEqual([...new Set(found.map(({ program }) => program))], ['recorded']);
  const [fast, slow, first, oracle, auto] = found.map(({ nsPerOperation }) => nsPerOperation);
  assert.ok(fast! < slow! && oracle! <= auto! && auto! <= first! * 1.01);
  const wrong = runCli(['sim', 'tiering', '--recording', file, '--folio', '2M']);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /--folio: 2M is more than the units of .*, 256K/);
});
