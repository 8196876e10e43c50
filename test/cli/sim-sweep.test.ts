import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FIRST_SWEEP, labSweep } from '../../src/sim/lab/sweep-form.js';
import { readCells, runLabSweep } from '../../src/sim/lab/sweep-session.js';
import { zen3 } from '../sim/profiles.js';
import { runCli } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'pageferry-sweep-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);

const SWEEP = [
  'sim',
  'sweep',
  '--bytes',
  '4M',
  '--vary',
  'dma.descriptorNs=500..8000:log4',
  '--channels',
  '1,4',
];

function sweep(...more: string[]) {
  const result = runCli([...SWEEP, ...more]);
  assert.equal(result.status, 0, result.stderr);
  return result;
}

test('every cell is a line of JSON and a row of CSV, the same with one worker and with two', () => {
  sweep('--workers', '1', '--jsonl', file('1.jsonl'), '--csv', file('1.csv'));
  sweep('--workers', '2', '--jsonl', file('2.jsonl'), '--csv', file('2.csv'));
  const [head, ...lines] = readFileSync(file('1.jsonl'), 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 8);
  assert.deepEqual(JSON.parse(head!).axes, ['channels', 'dma.descriptorNs']);
  const rows = lines.map((line) => JSON.parse(line));
  assert.deepEqual(rows[5].values, { channels: 4, 'dma.descriptorNs': 1259.92 });
  const csv = readFileSync(file('1.csv'), 'utf8').trimEnd().split('\n');
  assert.equal(csv.length, 9);
  assert.equal(csv[6]!.split(',')[3], String(rows[5].figures.GBps));
  assert.equal(readFileSync(file('2.jsonl'), 'utf8'), readFileSync(file('1.jsonl'), 'utf8'));
  assert.equal(readFileSync(file('2.csv'), 'utf8'), readFileSync(file('1.csv'), 'utf8'));
});

test('a sweep that was killed continues, and its files and figures are those of one that was not', () => {
  const whole = sweep('--workers', '1', '--jsonl', file('whole.jsonl'), '--csv', file('whole.csv'), '--json');
  const text = readFileSync(file('whole.jsonl'), 'utf8');
  writeFileSync(file('cut.jsonl'), text);
  // In the middle of the sixth line.
  truncateSync(file('cut.jsonl'), text.split('\n').slice(0, 5).join('\n').length + 30);
  const rest = sweep(
    '--workers',
    '1',
    '--jsonl',
    file('cut.jsonl'),
    '--csv',
    file('cut.csv'),
    '--resume',
    '--json',
  );
  assert.equal(readFileSync(file('cut.jsonl'), 'utf8'), text);
  assert.equal(readFileSync(file('cut.csv'), 'utf8'), readFileSync(file('whole.csv'), 'utf8'));
  assert.equal(rest.stdout, whole.stdout);
  const again = sweep('--workers', '1', '--jsonl', file('cut.jsonl'), '--resume');
  assert.match(again.stdout, /0 cells in .* after 8 that/);
});

test('cells of another sweep come from the cache if they are the same', () => {
  sweep('--workers', '1', '--cache', file('cache'), '--jsonl', file('a.jsonl'));
  // Another order of other values, with four of the cells.
  const { stdout } = runCli([
    ...['sim', 'sweep', '--bytes', '4M', '--channels', '4', '--vary', 'dma.descriptorNs=500..8000:log4'],
    ...['--vary', 'hogs=0,1', '--workers', '1', '--cache', file('cache'), '--jsonl', file('b.jsonl')],
  ]);
  assert.match(stdout.replaceAll(/\s+/g, ' '), /8 cells .*, 4 of them from --cache/);
  const figures = (name: string, at: number) =>
    JSON.parse(readFileSync(file(name), 'utf8').split('\n')[at + 1]!).figures;
  assert.deepEqual(figures('b.jsonl', 2), figures('a.jsonl', 5));
});

test('the summary has front, sensitivities and break-even surface, as text, JSON and a page', () => {
  const args = ['--workers', '1', '--objective', 'GBps,cpu', '--break-even', 'channels,dma.descriptorNs'];
  const { stdout } = sweep(...args, '--json', '--html', file('page.html'));
  const report = JSON.parse(stdout);
  assert.equal(report.cells, 8);
  assert.equal(report.sensitivities.length, 4);
  assert.deepEqual(report.breakEven.xLabels, ['1', '4']);
  const page = readFileSync(file('page.html'), 'utf8');
  for (const text of ['Pareto front', 'Break-even', 'dma.descriptorNs']) assert.ok(page.includes(text), text);
  const text = sweep(...args).stdout;
  assert.match(text, /^- 8 cells in .* cells\/s with 1 worker$/m);
  assert.deepEqual(
    text.split('\n').filter((line) => [...line].length > 80),
    [],
  );
});

test('the lab simulates the same figures, and reads them from the file, to the last digit', async () => {
  const args = ['--objective', 'GBps,firstFolioNs', '--break-even', 'channels,dma.descriptorNs'];
  const { stdout } = sweep('--workers', '1', ...args, '--jsonl', file('lab.jsonl'), '--json');
  const { pageferry: _, schema, model, seed, ...printed } = JSON.parse(stdout);
  assert.equal(schema, 'pageferry.sim.sweep/1');
  const { plan, objectives, surface } = labSweep(
    {
      ...FIRST_SWEEP,
      bytes: 2 ** 22,
      objectives: ['GBps', 'firstFolioNs'],
      axes: [
        { name: 'channels', values: '1,4' },
        { name: 'dma.descriptorNs', values: '500..8000:log4' },
      ],
      breakEven: 'channels,dma.descriptorNs',
    },
    { profile: zen3(), channels: 1, hogs: 0, copyMode: 'exclusive', seed },
  );
  const reports: unknown[] = [];
  runLabSweep({ kind: 'sweep', plan, objectives, surface }, (report) => reports.push(report));
  assert.deepEqual(JSON.parse(JSON.stringify(reports.at(-1))), printed);
  const cells = new Blob([readFileSync(file('lab.jsonl'))]);
  const request = { kind: 'cells', file: cells, name: 'lab.jsonl' } as const;
  const names = {
    objectives: ['GBps', 'firstFolioNs'],
    breakEven: ['channels', 'dma.descriptorNs'],
  } as const;
  await readCells({ ...request, ...names }, (report) => reports.push(report));
  assert.deepEqual(JSON.parse(JSON.stringify(reports.at(-1))), printed);
  assert.match(model, /^[0-9a-f]{16}$/);
});

test('samples are deterministic by their seed', () => {
  const cells = (seed: string): string => {
    const name = file(`${Math.random()}.jsonl`);
    const args = [
      'sim',
      'sweep',
      '--bytes',
      '2M',
      '--vary',
      'dma.descriptorNs=500..9000:log',
      '--workers',
      '1',
    ];
    const { status, stderr } = runCli([...args, '--sample', 'latin:6', '--seed', seed, '--jsonl', name]);
    assert.equal(status, 0, stderr);
    return readFileSync(name, 'utf8');
  };
  assert.equal(cells('3'), cells('3'));
  assert.notEqual(cells('3'), cells('4'));
});

const VARY = ['--vary', 'channels=1,2'];
for (const [what, args, says] of [
  ['nothing that varies', [], /--vary: nothing varies.*--vary dma\.descriptorNs=500\.\.20000:log8/],
  [
    'an unknown figure',
    ['--vary', 'dma.setupNs=1,2'],
    /--vary: unknown name 'dma\.setupNs'.*dma\.descriptorNs/,
  ],
  ['a flag twice', [...VARY, '--channels', '4'], /--vary channels: cannot be combined with --channels/],
  [
    'a figure that is set and varied',
    ['--vary', 'dma.iommu=0,1', '--set', 'dma.iommu=1'],
    /--set: dma\.iommu is varied, too/,
  ],
  [
    'a file that is written twice',
    [...VARY, '--csv', '/tmp/a.x', '--html', '/tmp/a.x'],
    /--csv: .* file of --html/,
  ],
  ['an unknown objective', [...VARY, '--objective', 'speed'], /--objective .*GBps, cpu, firstFolioNs/],
  [
    'an axis that does not vary',
    [...VARY, '--break-even', 'channels,folio'],
    /--break-even: 'folio' does not vary/,
  ],
  ['a sample without a count', [...VARY, '--sample', 'latin'], /--sample .*latin:1000/],
  ['a file to continue that is not named', [...VARY, '--resume'], /--resume: .*--jsonl FILE/],
  ['workers with a queue', [...VARY, '--queue', 'redis://h', '--workers', '2'], /--workers: with --queue/],
  [
    'a queue with a secret',
    [...VARY, '--queue', 'redis://:s3cret@h'],
    /--queue: has a password.*PAGEFERRY_QUEUE_PASSWORD/,
  ],
  [
    'a file of a password without a queue',
    [...VARY, '--queue-password-file', '/x'],
    /--queue-password-file: needs/,
  ],
  [
    'a file that is not there',
    [...VARY, '--queue', 'redis://h', '--queue-password-file', '/x/y'],
    /'\/x\/y' \(ENOENT\)/,
  ],
  ['too few bytes', [...VARY, '--bytes', '1M'], /--bytes: 1M is not a multiple of the folio of 2M/],
] as const) {
  test(`${what} is refused before anything runs`, () => {
    const jsonl = file('refused.jsonl');
    const { status, stdout, stderr } = runCli([
      'sim',
      'sweep',
      ...args,
      ...(args.includes('--resume' as never) ? [] : ['--jsonl', jsonl]),
    ]);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replaceAll(/\s+/g, ' '), says);
    assert.ok(!`${stdout}${stderr}`.includes('s3cret'));
    assert.ok(!existsSync(jsonl));
  });
}

test('a file of cells is neither replaced nor continued by mistake', () => {
  const name = file('kept.jsonl');
  sweep('--workers', '1', '--jsonl', name);
  const kept = readFileSync(name, 'utf8');
  for (const [more, says] of [
    [[], /already exists\. Use --resume to continue it, or --force/],
    [['--hogs', '1', '--resume'], /cells of another sweep, of profile zen3-ptdma/],
    [['--resume', '--force'], /--resume: cannot be combined with --force/],
  ] as const) {
    const { status, stderr } = runCli([...SWEEP, '--workers', '1', '--jsonl', name, ...more]);
    assert.equal(status, 2);
    assert.match(stderr.replaceAll(/\s+/g, ' '), says);
  }
  assert.equal(readFileSync(name, 'utf8'), kept);
  writeFileSync(name, kept.replace('"cell":3', '"cell":4'));
  const { status, stderr } = runCli([...SWEEP, '--workers', '1', '--jsonl', name, '--resume']);
  assert.equal(status, 2);
  assert.match(stderr, /damaged: line 5 is not cell 3/);
});

test('a worker without its queue says what is missing, and one without a server which', () => {
  const none = runCli(['worker']);
  assert.equal(none.status, 2);
  assert.match(none.stderr, /--queue: is missing/);
  // Nothing listens on port 1.
  const gone = runCli(['worker', '--queue', 'redis://127.0.0.1:1']);
  assert.equal(gone.status, 1);
  assert.match(gone.stderr, /--queue: the server at 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/);
});

test('explore takes workers for random schedules only', () => {
  const args = ['explore', '--scenario', 'swap', '--schedules', '40', '--json'];
  const [alone, parts] = [runCli(args), runCli([...args, '--workers', '2'])];
  assert.equal(parts.status, 0, parts.stderr);
  assert.equal(parts.stdout, alone.stdout);
  const { status, stderr } = runCli([...args, '--systematic', '--workers', '2']);
  assert.equal(status, 2);
  assert.match(stderr, /--workers: is only for random schedules/);
});
