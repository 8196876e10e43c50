import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readProfile } from '../../src/sim/profile/read-profile.js';
import { DEEP } from '../deep.js';
import { hostCannot, runCli, spawnCli } from './run-cli.js';

const skip = hostCannot();
const directory = mkdtempSync(join(tmpdir(), 'pageferry-'));
after(() => rmSync(directory, { recursive: true }));

const QUICK = ['calibrate', '--bytes', '4M', '--rounds', '1'];

interface Figure {
  readonly value: number;
  readonly source: string;
}

test('calibrate writes a profile that can be read, each figure with its source', { skip }, () => {
  const file = join(directory, 'written.json');
  const { status, stdout, stderr } = runCli([...QUICK, '--out', file]);
  assert.equal(status, 0, stderr);
  assert.ok(
    stdout.split('\n').every((line) => line.length <= 80 || line.includes(file)),
    stdout,
  );
  const text = JSON.parse(readFileSync(file, 'utf8'));
  const { cpu, memory, dma } = readProfile(text);
  assert.ok(cpu.pageNs > 0 && cpu.copyGBps > 0 && memory.copyGBps > 0 && dma.farGBps > 0);
  assert.ok(cpu.loopsPerSecond > 1e6);
  assert.equal(dma.iommu, 0);
  for (const group of ['cpu', 'memory', 'dma', 'compaction']) {
    for (const { source } of Object.values<Figure>(text[group])) assert.ok(source.length > 3, source);
  }
  assert.match(text.cpu.pageNs.source, /^measured \d{4}-\d\d-\d\d by .*median of 1 round/);
  assert.match(text.compaction.scanNs.source, /^not measured/);
});

if (DEEP) {
  test('calibrate --force --json prints the profile that it wrote over another, and how well it fits', {
    skip,
  }, () => {
    const file = join(directory, 'printed.json');
    writeFileSync(file, 'old');
    const { status, stdout, stderr } = runCli([...QUICK, '--force', '--json', '--out', file]);
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout);
    assert.equal(report.schema, 'pageferry.calibrate/1');
    assert.deepEqual(report.profile, JSON.parse(readFileSync(file, 'utf8')));
    const folios = new Set(report.rows.map(({ folioSize }: { folioSize: number }) => folioSize / 1024));
    assert.deepEqual([...folios], [4, 16, 64, 256, 1024, 2048]);
    for (const { measuredGBps, modelGBps, error } of report.rows) {
      assert.ok(Math.abs(modelGBps / measuredGBps - 1 - error) < 1e-9);
    }
  });
}

test('calibrate leaves a file that is there alone, and says how to overwrite it', () => {
  const file = join(directory, 'kept.json');
  writeFileSync(file, 'kept');
  const { status, stderr } = runCli([...QUICK, '--out', file]);
  assert.equal(status, 2);
  assert.match(stderr, /--out: '.*kept\.json' already exists/);
  assert.equal(readFileSync(file, 'utf8'), 'kept');
});

for (const [args, named] of [
  [
    ['--out', '/nowhere/at/all.json'],
    /--out: cannot write '\/nowhere\/at\/all\.json': '\/nowhere\/at' does not exist/,
  ],
  [['--out', directory], /--out: .* is a directory/],
  [['--bytes', '3M'], /--bytes/],
  [['--bytes', '5M'], /--bytes/],
  [['--rounds', '0'], /--rounds/],
] as const) {
  test(`calibrate ${args[0]} ${args[1].replace(directory, 'DIRECTORY')} is wrong usage`, () => {
    const { status, stderr } = runCli(['calibrate', ...args]);
    assert.equal(status, 2);
    assert.match(stderr, named);
  });
}

test('where memory cannot be migrated, calibrate exits with 3 and says why, and writes nothing', () => {
  const code = "Object.defineProperty(process,'platform',{value:'darwin'})";
  const file = join(directory, 'never.json');
  const args = [...QUICK, '--out', file];
  const refused = spawnCli(args, ['--import', `data:text/javascript,${encodeURIComponent(code)}`]);
  assert.equal(refused.status, 3);
  assert.match(refused.stderr, /^error: .*Linux/);
  assert.throws(() => readFileSync(file), { code: 'ENOENT' });
});
