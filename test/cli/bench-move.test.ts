import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { MoveReport } from '../../src/bench/move/report.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const directory = mkdtempSync(join(tmpdir(), 'pageferry-'));
after(() => rmSync(directory, { recursive: true }));

const SMALL = ['bench', 'move', '--bytes', '16M', '--runs', '2', '--folio', '2M,4K'];

function bench(...options: string[]): { report: MoveReport; stdout: string } {
  const file = join(directory, 'report.json');
  const { status, stdout, stderr } = runCli([...SMALL, ...options, '--json', file]);
  assert.equal(status, 0, stderr);
  return { report: JSON.parse(readFileSync(file, 'utf8')) as MoveReport, stdout };
}

test('bench move has a verified row for each folio size and migrator, sizes ascending', { skip }, () => {
  const { report, stdout } = bench();
  assert.equal(report.schema, 'pageferry.bench.move/1');
  assert.deepEqual(
    report.rows.map(({ folio, migrator }) => `${folio} ${migrator}`),
    ['4K serial', '4K baseline', '4K cpu', '2M serial', '2M baseline', '2M cpu'],
  );
  for (const row of report.rows) {
    assert.deepEqual(Object.keys(row), [
      'folio',
      'migrator',
      'channels',
      'layout',
      'bytes',
      'runs',
      'medianGBps',
      'minGBps',
      'maxGBps',
      'medianOfCopy',
      'foliosMoved',
      'foliosFailed',
      'verified',
    ]);
    assert.equal(row.verified, true);
    assert.equal(row.bytes, 16 * 2 ** 20);
    assert.equal(row.runs, 2);
    const folios = row.folio === '4K' ? 4096 : 8;
    assert.equal(row.foliosMoved + row.foliosFailed, folios * 2);
    assert.ok(row.minGBps <= row.medianGBps && row.medianGBps <= row.maxGBps);
  }
  assert.deepEqual(Object.keys(report.limit.byFolio), ['4K', '2M']);
  assert.equal(report.limit.copyGBps, Math.max(...Object.values(report.limit.byFolio)));
  assert.ok(
    stdout.split('\n').every((line) => line.length <= 80),
    stdout,
  );
});

test('scattered folios move and verify too, those that stay included', { skip }, () => {
  const { report } = bench('--layout', 'scattered', '--seed', '7');
  assert.deepEqual(
    report.rows.map(({ folio, migrator, layout }) => `${folio} ${migrator} ${layout}`),
    ['4K', '2M'].flatMap((folio) =>
      ['serial', 'baseline', 'cpu'].map((name) => `${folio} ${name} scattered`),
    ),
  );
  for (const row of report.rows) {
    assert.equal(row.verified, true);
    assert.ok(row.foliosMoved > 0);
  }
});

test('only what was asked for is measured', { skip }, () => {
  const { report } = bench('--migrator', 'cpu', '--folio', '64K');
  assert.deepEqual(
    report.rows.map(({ folio, migrator }) => `${folio} ${migrator}`),
    ['64K cpu'],
  );
});
