import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MAGIC } from '../../src/heat/recording/format.js';
import { runCli } from './run-cli.js';
import { FAST, REAL, Running, refused, served } from './support/heat-fixture.js';

test('a recording is read by heat report: after --for, Ctrl-C, SIGKILL and a release', REAL, async (t) => {
  const { socket, folder, region } = await served(t);
  const states = { for: 'whole', interrupt: 'whole', kill: 'truncated', release: 'whole' };
  for (const [how, state] of Object.entries(states)) {
    const file = join(folder, `${how}.pfheat`);
    const ends = how === 'for' ? ['--for', '0.6'] : [];
    const run = new Running(t, ['record', file, '--socket', socket, ...FAST, '--unit', '64K', ...ends]);
    await run.says(/^Recording heap \(8M\) to /);
    if (how !== 'for')
      while (statSync(file).size < 3000) await new Promise((resolve) => setTimeout(resolve, 20));
    if (how === 'interrupt') run.child.kill('SIGINT');
    else if (how === 'kill') run.child.kill('SIGKILL');
    else if (how === 'release') await region.release();
    assert.equal(await run.ended(), how === 'kill' ? null : how === 'release' ? 1 : 0, run.stderr);
    if (how !== 'kill') assert.match(run.stdout, /^\d+ snapshots? in [\d.]+ s, [\d.]+(K| bytes) in /m);
    const report = runCli(['heat', 'report', file, '--json']);
    assert.equal(report.status, 0, report.stderr);
    const { recording, workingSets } = JSON.parse(report.stdout);
    assert.deepEqual([recording.state, recording.name, recording.unitBytes], [state, 'heap', 65_536], how);
    assert.ok(recording.snapshots >= 1 && workingSets.length === 3);
  }
});

test(
  'record does not replace a file without --force, nor leave one if the watch is refused',
  REAL,
  async (t) => {
    const { socket, folder } = await served(t);
    const file = join(folder, 'there');
    writeFileSync(file, 'mine');
    await refused(
      t,
      ['record', file, '--socket', socket],
      2,
      /^error: file: '.*' already exists\. Use --force/,
    );
    await refused(t, ['record', join(folder, 'none', 'x'), '--demo'], 2, /^error: file: cannot write/);
    await refused(t, ['record', '-', '--demo'], 2, /^error: file: '-' is not a file/);
    await refused(t, ['record', folder, '--demo'], 2, /^error: file: .* is a directory/);
    assert.equal(readFileSync(file, 'utf8'), 'mine');
    const other = join(folder, 'other');
    await refused(t, ['record', other, '--socket', join(folder, 'missing')], 1, /^error: ENOENT: --socket: /);
    assert.ok(!existsSync(other));
    const run = new Running(t, ['record', file, '--force', '--socket', socket, ...FAST, '--for', '0.5']);
    assert.equal(await run.ended(), 0, run.stderr);
    assert.deepEqual(readFileSync(file).subarray(0, MAGIC.length), Buffer.from(MAGIC));
  },
);
