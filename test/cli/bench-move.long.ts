import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { MoveReport, MoveRow } from '../../src/bench/move/report.js';
import { rowLabel } from '../../src/bench/move/row-spec.js';
import { FALLBACK_CAUSES } from '../../src/mm/fallback-cause.js';
import { amount } from '../deep.js';
import { hostCannot, runCli } from './run-cli.js';

const skip = hostCannot();
const directory = mkdtempSync(join(tmpdir(), 'pageferry-'));
after(() => rmSync(directory, { recursive: true }));

const MIB = amount(4, 16);
const SMALL = [
  '--bytes',
  `${MIB}M`,
  '--copy-bytes',
  `${amount(4, 512)}M`,
  '--warm-up',
  `${amount(1, 1000)}`,
  '--runs',
  '2',
];
const M = 2 ** 20;

/** Runs it, and checks what is true of every report. */
function bench(...options: string[]): { report: MoveReport; stdout: string } {
  const file = join(directory, 'report.json');
  const { status, stdout, stderr } = runCli(['bench', 'move', ...SMALL, ...options, `--json=${file}`]);
  assert.equal(status, 0, stderr);
  assert.ok(
    stdout.split('\n').every((line) => line.length <= 80),
    stdout,
  );
  const report = JSON.parse(readFileSync(file, 'utf8')) as MoveReport;
  assert.equal(report.schema, 'pageferry.bench.move/2');
  assert.equal(report.limit.copyGBps, Math.max(...Object.values(report.limit.byFolio)));
  for (const row of report.rows) {
    assert.equal(row.verified, true);
    assert.equal(row.runs, 2);
    assert.equal(row.roundsGBps.length, 2);
    assert.ok(row.foliosMoved > 0);
    assert.ok(row.minGBps <= row.medianGBps && row.medianGBps <= row.maxGBps);
    assert.ok(row.medianOfLimit > 0);
  }
  for (const { roundsGBps, threads } of report.limit.native) {
    assert.equal(roundsGBps.length, 2);
    assert.ok(threads >= 1);
  }
  return { report, stdout };
}

const named = (row: MoveRow) => `${row.folio} ${rowLabel(row)}`;

test('bench move has a verified row for each folio size and migrator, sizes ascending', { skip }, () => {
  const { report, stdout } = bench('--folio', '2M,4K', '--threads', '2');
  const labels = ['serial', 'baseline', 'cpu', 'mtcopy ×2', 'dcbm ×1', 'dcbm ×2'];
  assert.deepEqual(
    report.rows.map(named),
    ['4K', '2M'].flatMap((folio) => labels.map((label) => `${folio} ${label}`)),
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
      'threads',
      'batch',
      'gaps',
      'clock',
      'medianOfThread',
      'medianOfLimit',
      'medianOfBase',
      'rfcGBps',
      'batches',
      'fallbacks',
      'fallbackCauses',
      'gapFoliosMoved',
      'gapBytesMoved',
      'roundsGBps',
    ]);
    assert.equal(row.bytes, MIB * M);
    assert.equal(row.batch, null);
    const folios = row.folio === '4K' ? MIB * 256 : MIB / 2;
    assert.equal(row.foliosMoved + row.foliosFailed, folios * 2);
    assert.deepEqual(Object.keys(row.fallbackCauses), FALLBACK_CAUSES);
    if (row.migrator === 'baseline') assert.equal(row.medianOfBase, 1);
  }
  assert.deepEqual(Object.keys(report.limit.byFolio), ['4K', '2M']);
  assert.deepEqual(
    report.limit.native.map(({ folio }) => folio),
    ['4K', '2M'],
  );
  assert.match(stdout, /4K {2}baseline .* yes {2} +3\.55$/m);
  assert.match(stdout, /2M {2}dcbm ×2 .* yes {2} +14\.40$/m);
  assert.match(stdout, /of another machine/);
});

test('scattered folios move and verify too, those that stay included', { skip }, () => {
  const { report, stdout } = bench(
    '--folio',
    '4K,2M',
    '--layout',
    'scattered',
    '--seed',
    '7',
    '--migrator',
    'baseline,dcbm',
  );
  assert.deepEqual(
    [...new Set(report.rows.map(({ folio, layout }) => `${folio} ${layout}`))],
    ['4K scattered', '2M scattered'],
  );
  assert.ok(report.rows.every(({ clock, rfcGBps }) => clock === 'caller' && rfcGBps === null));
  assert.doesNotMatch(stdout, /RFC/);
});

test('only what was asked for is measured; without a baseline nothing is compared with it', { skip }, () => {
  const { report, stdout } = bench(
    '--migrator',
    'mtcopy,dcbm',
    '--threads',
    '1,3',
    '--channels',
    '4',
    '--folio',
    '64K',
    '--depth',
    '3',
  );
  assert.deepEqual(report.rows.map(named), ['64K mtcopy ×1', '64K mtcopy ×3', '64K dcbm ×4']);
  assert.deepEqual(
    report.rows.map((row) => [row.threads, row.channels]),
    [
      [1, 1],
      [3, 1],
      [1, 4],
    ],
  );
  assert.ok(report.rows.every(({ medianOfBase }) => medianOfBase === null));
  assert.doesNotMatch(stdout, /× base/);
  assert.equal(report.options.depth, 3);
});

test('--folios-per-call moves that number of folios by each call', { skip }, () => {
  const { report, stdout } = bench('--bytes', '16M', '--folios-per-call', '8,1,3');
  assert.deepEqual(
    report.rows.map((row) => [row.batch, rowLabel(row), row.bytes / M, row.foliosMoved + row.foliosFailed]),
    [
      [1, 'baseline', 16, 16],
      [1, 'dcbm ×1', 16, 16],
      [3, 'baseline', 12, 12],
      [3, 'dcbm ×1', 12, 12],
      [8, 'baseline', 16, 16],
      [8, 'dcbm ×1', 16, 16],
    ],
  );
  assert.ok(report.rows.every(({ folio, clock }) => folio === '2M' && clock === 'caller'));
  assert.deepEqual(
    report.limit.native.map(({ batch }) => batch),
    [1, 3, 8],
  );
  assert.match(stdout, /8 {2}dcbm ×1 .* yes {2} +8\.85$/m);
});

test('of alternate folios half moves; the others only move along when gaps are moved', { skip }, () => {
  const { report, stdout } = bench(
    ...['--layout', 'alternate', '--gaps', 'move,skip', '--folio', '4K', '--migrator', 'cpu'],
  );
  assert.deepEqual(
    report.rows.map(({ migrator, gaps }) => `${migrator} ${gaps}`),
    ['cpu skip', 'cpu move'],
  );
  for (const row of report.rows) {
    assert.equal(row.foliosMoved + row.foliosFailed, 2 * MIB * 256);
    assert.equal(row.gapBytesMoved, row.gapFoliosMoved * 4096);
    if (row.gaps === 'skip') assert.equal(row.gapFoliosMoved, 0);
    else assert.ok(row.gapFoliosMoved > MIB * 256);
  }
  assert.match(stdout, /folios that were on the target moved too/);
});

test('injected faults make copies fall back, and every byte is right all the same', { skip }, () => {
  const inject = ['--inject', 'fail-batch=3,corrupt=50,lie=70'];
  const { report, stdout } = bench(
    '--folio',
    '4K',
    '--batch-bytes',
    '2M',
    '--bytes',
    '16M',
    '--migrator',
    'baseline,cpu,mtcopy,dcbm',
    ...inject,
  );
  assert.deepEqual(report.options.inject, { failBatch: 3, corrupt: 50, lie: 70 });
  for (const row of report.rows) {
    const { migrator, fallbacks, fallbackCauses } = row;
    assert.equal(
      fallbacks,
      Object.values(fallbackCauses).reduce((sum, count) => sum + count, 0),
    );
    if (migrator === 'baseline') {
      assert.equal(fallbacks, 0);
    } else {
      assert.ok(fallbackCauses.failed > 0, migrator);
      assert.ok(fallbackCauses.unverified > 0, migrator);
    }
  }
  assert.match(stdout, /fallbacks {2}folios by cause/);
  assert.match(stdout, /verify_copies/);
});

test('a device that this host does not have is said so', { skip }, () => {
  const { status, stderr } = runCli(['bench', 'move', ...SMALL, '--migrator', 'dcbm', '--device', 'idxd']);
  // A host with the device, and queues that this user may use, measures.
  if (status !== 0) {
    assert.equal(status, 3);
    assert.match(stderr, /^error: .*\((ENODEV|EACCES|EPERM)\)/m);
  }
});

test('predictions are written with their hash before the first run, and stand beside the measurements', {
  skip,
}, () => {
  const predictions = join(directory, 'predictions.json');
  for (const rows of [
    ['--folio', '4K,2M', '--migrator', 'baseline,mtcopy'],
    ['--folios-per-call', '1,2', '--migrator', 'baseline,dcbm', '--force'],
  ]) {
    const { report, stdout } = bench(...rows, '--predict', 'zen3-ptdma', '--predictions', predictions);
    const { sha256, ...about } = JSON.parse(readFileSync(predictions, 'utf8'));
    assert.equal(sha256, createHash('sha256').update(JSON.stringify(about)).digest('hex'));
    assert.equal(report.prediction!.sha256, sha256);
    assert.deepEqual(
      report.rows.map(({ predictedGBps }) => predictedGBps),
      about.rows.map(({ GBps }: { GBps: number }) => GBps),
    );
    assert.match(stdout, /predicted$/m);
    assert.match(stdout.replaceAll(/\s+/g, ' '), /mean absolute error \d/);
    assert.equal(/call µs/.test(stdout), rows[0] === '--folios-per-call');
  }
  // What was predicted before is kept.
  const again = runCli(['bench', 'move', '--predict', 'zen3-ptdma', '--predictions', predictions]);
  assert.equal(again.status, 2);
  assert.match(again.stderr.replaceAll(/\s+/g, ' '), /--predictions: .* already exists\. Use --force/);
});
