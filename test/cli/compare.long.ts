import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { stallRow } from '../compare/reports.js';
import { runCli } from './run-cli.js';
import { file, folder } from './support/compare-scenes.js';

test('sim breakeven: another number of channels, and from which batch on it pays then', () => {
  const simulate = (channels: string): string => {
    const path = join(folder, `breakeven-${channels}.json`);
    const args = ['sim', 'breakeven', '--folio', '256K,2M', '--max-batch', '4M', '--channels', channels];
    assert.equal(runCli([...args, `--json=${path}`]).status, 0);
    return path;
  };
  const [one, many] = [simulate('1'), simulate('8')];
  assert.equal(runCli(['compare', one, one]).status, 0);
  const { status, stdout } = runCli(['compare', one, many]);
  assert.equal(status, 1);
  assert.match(stdout, /different options\.channels: 1 \| 8/);
});

test('the widest of all tables fits 80 columns', () => {
  const rows = [
    stallRow(),
    stallRow({
      role: 'writer',
      copyMode: 'write-protected',
      batchBytes: 2 ** 29,
      migrator: 'dcbm',
      channels: 16,
    }),
    stallRow({ folio: '256K', p9999us: 123_456, copyMode: 'write-protected', cutoverBytes: 2 ** 29 }),
  ];
  const slower = rows.map((row) => ({
    ...row,
    p9999us: 987_654,
    rounds: [
      { GBps: 4, p9999us: 900_000 },
      { GBps: 4, p9999us: 987_654 },
    ],
  }));
  const [before, later] = [rows, slower].map((each, i) =>
    file(`stall-${i}.json`, { schema: 'pageferry.bench.stall/2', rows: each, elsewhere: [] }),
  );
  const { status, stdout } = runCli(['compare', before!, later!]);
  assert.equal(status, 1);
  assert.equal(stdout.match(/worse$/gm)!.length, 3);
  // The names of the files are as long as they are.
  const lines = stdout.split('\n').slice(2);
  assert.ok(lines.length > 10);
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
});

test('two reports of one command at one seed are the same', () => {
  const simulate = (name: string): string => {
    const path = join(folder, name);
    const { status } = runCli(['sim', 'move', '--folio', '4K', '--bytes', '4M', `--json=${path}`]);
    assert.equal(status, 0);
    return path;
  };
  const { status, stdout } = runCli(['compare', simulate('s.json'), simulate('t.json')]);
  assert.equal(status, 0, stdout);
});
