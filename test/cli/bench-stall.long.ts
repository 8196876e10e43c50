import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { StallReport, StallRow } from '../../src/bench/stall/report.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const directory = mkdtempSync(join(tmpdir(), 'pageferry-'));
after(() => rmSync(directory, { recursive: true }));

const SMALL = ['--bytes', '16M', '--runs', '2', '--seconds', '0.05'];
const M = 2 ** 20;

/** Runs it, and checks what is true of every report. */
function bench(...options: string[]): { report: StallReport; stdout: string } {
  const file = join(directory, 'report.json');
  const { status, stdout, stderr } = runCli(['bench', 'stall', ...SMALL, ...options, `--json=${file}`]);
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
  const report = JSON.parse(readFileSync(file, 'utf8')) as StallReport;
  assert.equal(report.schema, 'pageferry.bench.stall/2');
  for (const row of [...report.undisturbed, ...report.elsewhere, ...report.rows]) {
    assert.ok(row.samples > 0);
    assert.ok(row.readsPerSecond > 0);
    const waits = [row.p50us, row.p99us, row.p999us, row.p9999us, row.maxus];
    assert.deepEqual(
      waits.toSorted((a, b) => a - b),
      waits,
    );
  }
  for (const row of [...report.elsewhere, ...report.rows]) {
    assert.ok(row.GBps > 0);
    assert.equal(row.verified, true);
    assert.deepEqual([row.updatesLost, row.wrongValues, row.rounds.length], [0, 0, 2]);
  }
  for (const { costNs, cycleNs } of report.clocks) assert.ok(costNs > 0 && cycleNs > 0);
  return { report, stdout };
}

const named = ({ batchBytes, copyMode, migrator, role }: StallRow) =>
  `${batchBytes / M}M ${copyMode} ${migrator} ${role}`;

test('bench stall has a row for each batch, copy mode, migrator and role, side by side', { skip }, () => {
  const { report, stdout } = bench('--batch-bytes', '8M,2M', '--migrator', 'cpu');
  const noWriteProtect = report.notes.some((note) => note.startsWith('write-protected rows are omitted'));
  const ways = noWriteProtect ? ['exclusive'] : ['exclusive', 'write-protected'];
  assert.deepEqual(
    report.rows.map(named),
    ['2M', '8M'].flatMap((batch) =>
      ways.flatMap((way) => ['reader', 'writer'].map((role) => `${batch} ${way} cpu ${role}`)),
    ),
  );
  assert.deepEqual(report.elsewhere.map(named), ['8M exclusive cpu reader', '8M exclusive cpu writer']);
  assert.deepEqual(
    report.undisturbed.map(({ role }) => role),
    ['reader', 'writer'],
  );
  assert.deepEqual(Object.keys(report.rows[0]!), [
    'folio',
    'batchBytes',
    'copyMode',
    'cutoverBytes',
    'migrator',
    'channels',
    'threads',
    'role',
    'GBps',
    'p50us',
    'p99us',
    'p999us',
    'p9999us',
    'maxus',
    'samples',
    'readsPerSecond',
    'longPerSecond',
    'longShare',
    'ofUndisturbed',
    'ofExclusive',
    'bytesMoved',
    'foliosFailed',
    'fallbacks',
    'wrongValues',
    'updatesLost',
    'verified',
    'rounds',
  ]);
  for (const { copyMode, ofExclusive } of report.rows) {
    assert.equal(ofExclusive === null, copyMode === 'exclusive');
  }
  assert.match(stdout, /^folios of 4K, 1 reader:$/m);
  assert.match(stdout, /^- updates lost: 0, wrong values: 0/m);
});

test('readers and writers concurrently, on folios of 2M, of one role only what was asked for', {
  skip,
}, () => {
  const plain = [
    '--batch-bytes',
    '4M',
    '--copy-mode',
    'exclusive',
    '--folio',
    '2M',
    '--migrator',
    'baseline',
  ];
  const { report } = bench(...plain, '--together', '--readers', '2');
  assert.deepEqual(report.rows.map(named), ['4M exclusive baseline reader', '4M exclusive baseline writer']);
  assert.deepEqual([report.options.readers, report.options.writers, report.options.together], [2, 1, true]);
  assert.ok(report.rows.every(({ folio }) => folio === '2M'));
  const alone = bench(...plain, '--readers', '0').report;
  assert.deepEqual(alone.rows.map(named), ['4M exclusive baseline writer']);
  assert.deepEqual(
    alone.clocks.map(({ role }) => role),
    ['writer'],
  );
});
