import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AccessReport } from '../../src/bench/access/report.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const SMALL = ['bench', 'access', '--bytes', '16M', '--runs', '2', '--accesses', '20000'];
const M = 2 ** 20;
const directory = mkdtempSync(join(tmpdir(), 'pageferry-'));
after(() => rmSync(directory, { recursive: true }));

test('bench access has a row for each migrator and source of pages, and one of MADV_COLLAPSE', {
  skip,
}, () => {
  const { status, stdout, stderr } = runCli([...SMALL, '--threads', '2', '--json']);
  assert.equal(status, 0, stderr);
  const report = JSON.parse(stdout) as AccessReport;
  assert.equal(report.schema, 'pageferry.bench.access/2');
  assert.equal(report.options.bytes, 16 * M);
  assert.deepEqual(
    report.rows.map(({ how, pages, migrator }) => `${how} ${pages} ${migrator}`),
    [
      'promote prefilled baseline',
      'promote prefilled mtcopy',
      'promote kernel baseline',
      'promote kernel mtcopy',
      'collapse kernel null',
    ],
  );
  for (const row of report.rows) {
    assert.equal(row.verified, true);
    assert.equal(row.rounds.length, 2);
    assert.ok(row.hugeBytes <= 16 * M);
    // A promotion that moved says what the page tables say.
    if (row.how === 'promote' && row.foliosFailed === 0) assert.ok(row.medianGBps > 0);
    assert.ok(row.hugeBytesBefore <= row.hugeBytes);
    for (const time of [...Object.values(row.before), ...Object.values(row.after)]) assert.ok(time > 0);
    assert.deepEqual(Object.keys(row.faster), ['dependent', 'independent', 'sequential', 'add']);
    assert.equal(row.prefillSeconds > 0, row.pages === 'prefilled');
  }
  assert.equal(report.rows.at(-1)!.ofCollapse, 1);
});

test('the table fits 80 columns, and has what was asked for', { skip }, () => {
  const page = join(directory, 'page.html');
  const options = ['--migrator', 'cpu', '--pages', 'prefilled', '--html', page];
  const { status, stdout, stderr } = runCli([...SMALL, ...options]);
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
  assert.match(stdout, /^promote, cpu +prefilled /m);
  assert.match(stdout, /^MADV_COLLAPSE +kernel /m);
  assert.match(stdout, /^dependent +promote, cpu /m);
  assert.match(readFileSync(page, 'utf8'), /<svg[^>]*Onto huge pages/);
});
