import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCli } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'pageferry-fit-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const SHEET = {
  schema: 'pageferry.machine/1',
  name: 'two-sockets',
  cpus: 32,
  sockets: 2,
  memory: { channels: 8, channelGBps: 25.6 },
  dma: { channels: 4 },
};
const machine = file('machine.json', JSON.stringify(SHEET));
const figures = file('figures.csv', 'folio,migrator,channels,value\n4K,baseline,,3\n2M,dcbm,2,20\n');

test('a fitted profile is written once, and sim move prints intervals for it', () => {
  const out = join(folder, 'profile.json');
  const args = ['sim', 'fit', '--machine', machine, '--figures', figures, '--out', out];
  const first = runCli(args);
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /dma\.descriptorNs/);
  assert.match(first.stdout, /written: /);
  const again = runCli(args);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /--out: .* already exists\. Use --force/);
  const before = readFileSync(out, 'utf8');
  const json = runCli([...args, '--force', '--json']);
  assert.equal(json.status, 0, json.stderr);
  assert.equal(readFileSync(out, 'utf8'), before);
  const report = JSON.parse(json.stdout);
  assert.equal(report.schema, 'pageferry.sim.fit/1');
  assert.equal(report.figures.length, 2);
  assert.equal(report.next.length, 3);

  const move = ['sim', 'move', '--profile', out, '--folio', '2M', '--bytes', '64M', '--channels', '2'];
  const { rows } = JSON.parse(runCli([...move, '--json']).stdout);
  for (const { GBps, interval, firstFolioNs, ns } of rows) {
    assert.ok(interval.low < GBps && GBps < interval.high);
    assert.ok(firstFolioNs > 0 && firstFolioNs <= ns);
  }
  const text = runCli(move).stdout;
  assert.match(text, /GB\/s\s+from\s+to\s+first folio/);
  assert.ok(text.split('\n').every((line) => line.length <= 80));
});

test('a wrong file is refused by the option, the file and the place in it, and nothing is written', () => {
  const out = join(folder, 'none.json');
  const broken = file('broken.json', '{');
  const cpus = file('cpus.json', JSON.stringify({ ...SHEET, cpus: -1 }));
  const csv = file('wrong.csv', 'folio,value\n4K,fast\n');
  const many = file('many.csv', 'folio,channels,value\n2M,8,40\n');
  for (const [sheet, table, says] of [
    [join(folder, 'absent.json'), figures, /--machine: '.*absent\.json': the file does not exist/],
    [broken, figures, /--machine: '.*broken\.json': not JSON/],
    [cpus, figures, /--machine: '.*cpus\.json': cpus: must be a whole number from 1 to 4096, not -1/],
    [machine, csv, /--figures: '.*wrong\.csv': line 2, value: must be a number/],
    [machine, many, /--figures: '.*many\.csv': line 2, channels: must be at most dma\.channels, which is 4/],
    [machine, join(folder, 'absent.csv'), /--figures: '.*absent\.csv': the file does not exist/],
  ] as const) {
    const { status, stderr } = runCli(['sim', 'fit', '--machine', sheet, '--figures', table, '--out', out]);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replaceAll(/\s+/g, ' '), says);
  }
  assert.equal(existsSync(out), false);
  assert.equal(runCli(['sim', 'fit', '--machine', machine]).status, 2);
});

test('predictions that do not fit the bench are refused by the option', () => {
  for (const [args, says] of [
    [['--predictions', 'x.json'], /--predictions: needs --predict/],
    [['--predict', 'zen3-ptdma', '--layout', 'scattered'], /--predict: cannot be combined with --layout/],
    [['--predict', 'zen3-ptdma', '--inject', 'refuse=2'], /--predict: cannot be combined with --inject/],
    [['--predict', 'nowhere'], /--predict: 'nowhere': neither a known profile nor a file/],
    [['--predict', 'zen3-ptdma', '--predictions', '/no/such/folder/x'], /--predictions: /],
  ] as const) {
    const { status, stderr } = runCli(['bench', 'move', ...args]);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replaceAll(/\s+/g, ' '), says);
  }
});
