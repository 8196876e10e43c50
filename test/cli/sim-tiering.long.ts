import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeRecording } from '../heat/recordings.js';
import { runCli } from './run-cli.js';
import { folder, type Row, rows, SMALL } from './support/sim-tiering-scenes.js';

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
