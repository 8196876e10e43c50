import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { moveReport, moveRow } from '../compare/reports.js';
import { runCli } from './run-cli.js';
import { file, folder } from './support/compare-scenes.js';

after(() => rmSync(folder, { recursive: true }));

const FASTER = { medianGBps: 10, minGBps: 9, maxGBps: 11 };

const a = file('a.json', moveReport([moveRow(), moveRow({ folio: '2M' })]));

test('exit code 0 when nothing differs', () => {
  const { status, stdout } = runCli(['compare', a, a]);
  assert.equal(status, 0);
  assert.match(stdout, /0 of 2 rows differ by more than their spread/);
  assert.match(stdout, /0\.02\s+of\s+2\s+figures\s+would\s+differ\s+by\s+chance/);
});

test('exit code 1 when a row differs; it is marked, and its direction is told', () => {
  const b = file('b.json', moveReport([moveRow(FASTER), moveRow({ folio: '2M' })]));
  const { status, stdout } = runCli(['compare', a, b]);
  assert.equal(status, 1);
  // 5 apart, of which the runs of each reach 1 towards the other.
  assert.match(stdout, /^4K +5\.00 +10\.0 +2\.000 +2\.5 +better$/m);
  assert.match(stdout, /^2M +5\.00 +5\.00 +1\.000 +0\.0$/m);
  assert.match(stdout, /1 of 2 rows differ .*\(B is 1 better\)/);
});

test('exit code 1 when a row is in one file only', () => {
  const b = file('b.json', moveReport([moveRow()]));
  const { status, stdout } = runCli(['compare', a, b]);
  assert.equal(status, 1);
  assert.match(stdout, /only in A:\n {2}2M/);
});

test('--fail-on worse is for a gate: what is better or new passes, what is worse or gone does not', () => {
  const better = file(
    'better.json',
    moveReport([moveRow(FASTER), moveRow({ folio: '2M' }), moveRow({ folio: '1M' })]),
  );
  const gone = file('gone.json', moveReport([moveRow()]));
  for (const [from, to, differ, worse] of [
    [a, better, 1, 0],
    [better, a, 1, 1],
    [a, gone, 1, 1],
    [gone, a, 1, 0],
    [a, a, 0, 0],
  ] as const) {
    assert.equal(runCli(['compare', from, to]).status, differ);
    assert.equal(runCli(['compare', from, to, '--fail-on', 'worse']).status, worse);
  }
  const { status, stderr } = runCli(['compare', a, a, '--fail-on', 'better']);
  assert.equal(status, 2);
  assert.match(stderr, /--fail-on/);
});

test('another host, another version: the figures are compared, and it is told', () => {
  const host = { kernel: 'Linux 6.8', cpus: 64, nodes: [] };
  const b = file(
    'host.json',
    moveReport([moveRow(), moveRow({ folio: '2M' })], { host, pageferry: '0.2.0' }),
  );
  const { status, stdout } = runCli(['compare', a, b]);
  assert.equal(status, 0);
  assert.match(stdout, /different host\.kernel: Linux 6\.18 \| Linux 6\.8/);
  assert.match(stdout, /different host\.cpus: 2 \| 64/);
  assert.match(stdout, /different pageferry: not said \| 0\.2\.0/);
});

test('a single run is unclear, and no difference', () => {
  const b = file('b.json', moveReport([moveRow({ ...FASTER, runs: 1 }), moveRow({ folio: '2M' })]));
  const { status, stdout } = runCli(['compare', a, b]);
  assert.equal(status, 0);
  assert.match(stdout, /unclear$/m);
});

test('--json has the schema, the files, and all that is known of each figure', () => {
  const b = file('b.json', moveReport([moveRow(FASTER)]));
  const { status, stdout } = runCli(['compare', a, b, '--json']);
  assert.equal(status, 1);
  const comparison = JSON.parse(stdout);
  assert.equal(comparison.schema, 'pageferry.compare/1');
  assert.deepEqual(comparison.files, { a, b });
  assert.deepEqual(comparison.rows[0].figures[0], {
    figure: 'GB/s',
    a: { value: 5, min: 4, max: 6, runs: 5 },
    b: { value: 10, min: 9, max: 11, runs: 5 },
    ratio: 2,
    spreads: 2.5,
    verdict: 'better',
  });
  assert.equal(comparison.onlyA.length, 1);
});

for (const [what, args, says] of [
  ['a file that is not there', [a, join(folder, 'none.json')], /none\.json: the file does not exist.*--json/],
  ['a directory', [a, folder], /is a directory/],
  ['no JSON', [a, file('x.json', '{"schema":')], /x\.json: the file is not JSON/],
  ['JSON that is no object', [a, file('l.json', '[]')], /l\.json: the report is not an object/],
  ['no report', [a, file('o.json', {})], /no schema.*pageferry\.bench\.move\/2/],
  [
    'a schema that has no rows to match',
    [file('d.json', { schema: 'pageferry.doctor/1' }), a],
    /unknown schema .*doctor\/1/,
  ],
  [
    'a schema that is not there yet',
    [file('v.json', { schema: 'pageferry.bench.move/3' }), a],
    /unknown schema .*move\/3/,
  ],
  [
    'two schemas',
    [a, file('s2.json', { schema: 'pageferry.sim.move/2', rows: [] })],
    /s2\.json: has schema pageferry\.sim\.move\/2, but .*a\.json has pageferry\.bench\.move\/2/,
  ],
  ['one file', [a], /missing required argument/],
  ['three files', [a, a, a], /too many arguments/],
] as const) {
  test(`wrong usage exits with 2 and says what would be right: ${what}`, () => {
    const { status, stdout, stderr } = runCli(['compare', ...args]);
    assert.equal(status, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });
}
