import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './run-cli.js';
import { figures } from './support/sim-scenes.js';

test('sim move: any folio, migrator, channels and threads; rows by the schema', () => {
  const { schema, rows } = figures(
    'sim',
    'move',
    '--folio',
    '8K,512K',
    '--bytes',
    '64M',
    '--migrator',
    'serial,baseline,cpu,mtcopy,dcbm',
    '--channels',
    '3,7',
    '--threads',
    '5',
  );
  assert.equal(schema, 'pageferry.sim.move/2');
  assert.equal(rows.length, 2 * 6);
  for (const row of rows) {
    assert.ok((row.GBps as number) > 0.1);
    assert.equal(row.bytes, 2 ** 26);
    assert.equal(row.wrongPages, 0);
  }
  assert.deepEqual(
    rows.filter(({ migrator }) => migrator === 'dcbm').map(({ folio, channels }) => [folio, channels]),
    [
      ['8K', 3],
      ['8K', 7],
      ['512K', 3],
      ['512K', 7],
    ],
  );
});

test('sim compaction: idle and busy, without and with offload', () => {
  const { schema, rows } = figures('sim', 'compaction', '--huge-pages', '64');
  assert.equal(schema, 'pageferry.sim.compaction/1');
  assert.deepEqual(
    rows.map(({ migrator, hogs }) => [migrator, hogs]),
    [
      ['baseline', 0],
      ['dcbm', 0],
      ['baseline', 1],
      ['dcbm', 1],
    ],
  );
});

test('the same seed prints the same to the nanosecond', () => {
  const run = (): string => runCli(['sim', 'move', '--folio', '4K', '--bytes', '8M', '--json']).stdout;
  assert.equal(run(), run());
});

test('the table fits 80 columns, and Markdown has a row for each published cell', () => {
  const { stdout } = runCli(['sim', 'move', '--folio', '2M']);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  const markdown = runCli(['sim', 'move', '--folio', '2M', '--markdown']).stdout;
  assert.equal(markdown.match(/^\| 2M/gm)?.length, 7);
});
