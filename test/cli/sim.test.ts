import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { zen3Json } from '../sim/profiles.js';
import { runCli } from './run-cli.js';
import { figures } from './support/sim-scenes.js';

const folder = mkdtempSync(join(tmpdir(), 'pageferry-'));

after(() => rmSync(folder, { recursive: true }));

type ProfileJson = Record<
  'cpu' | 'dma' | 'memory',
  Partial<Record<'folioNs' | 'descriptorNs' | 'copyGBps', { value: unknown }>>
>;

/** The fitted profile with a mistake in it. */
function profileFile(change: (json: ProfileJson) => void): string {
  const json = zen3Json() as ProfileJson;
  change(json);
  const file = join(folder, 'profile.json');
  writeFileSync(file, JSON.stringify(json));
  return file;
}

test('sim move: the published figure and the error stand beside what the RFC measured', () => {
  const { rows } = figures('sim', 'move', '--folio', '2M', '--migrator', 'dcbm', '--channels', '1,3');
  assert.equal(rows[0]!.rfcGBps, 12.64);
  assert.ok(Math.abs(rows[0]!.error as number) < 0.15);
  assert.equal(rows[1]!.rfcGBps, null);
});

test("sim move: both ways side by side, and the published figure beside the kernel's own", () => {
  const { rows } = figures(
    'sim',
    'move',
    '--folio',
    '2M',
    '--migrator',
    'baseline',
    '--copy-mode',
    'exclusive,write-protected',
    '--cutover-pages',
    '1024',
  );
  assert.deepEqual(
    rows.map(({ copyMode, rfcGBps }) => [copyMode, rfcGBps === null]),
    [
      ['exclusive', false],
      ['write-protected', true],
    ],
  );
  assert.ok(rows[1]!.readerWaitNs < rows[0]!.readerWaitNs);
  const refused = runCli(['sim', 'move', '--copy-mode', 'shared']);
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /--copy-mode/);
});

test('sim batch: by the number of folios', () => {
  const { schema, rows } = figures('sim', 'batch', '--count', '1,5', '--folio', '1M');
  assert.equal(schema, 'pageferry.sim.batch/2');
  assert.deepEqual(
    rows.map(({ folios, migrator }) => [folios, migrator]),
    [
      [1, 'baseline'],
      [1, 'dcbm'],
      [5, 'baseline'],
      [5, 'dcbm'],
    ],
  );
});

test('sim breakeven: says in words what the batch of the caller comes to', () => {
  const { status, stdout } = runCli([
    'sim',
    'breakeven',
    '--reason',
    'compaction',
    '--folio',
    '4K',
    '--max-batch',
    '1M',
  ]);
  assert.equal(status, 0);
  assert.match(stdout, /compaction migrates 32 folios at once/);
  assert.match(stdout.replaceAll(/\s+/g, ' '), /slower, .* % less CPU/);
});

for (const [what, args, says] of [
  ['a profile that is not there', ['sim', 'move', '--profile', 'nowhere.json'], /nowhere\.json.*zen3-ptdma/],
  ['a folio that is none', ['sim', 'move', '--folio', '5K'], /--folio/],
  [
    'bytes that are no whole folios',
    ['sim', 'move', '--folio', '2M', '--bytes', '5M'],
    /--bytes: 5M.*--folio 2M/,
  ],
  ['more than a node holds', ['sim', 'batch', '--count', '1000000'], /do not fit a node/],
  ['more huge pages than a node holds', ['sim', 'compaction', '--huge-pages', '1000000'], /hugePages/],
  ['a reason that is none', ['sim', 'breakeven', '--reason', 'boredom'], /boredom/],
  ['a folder that is none', ['sim', 'move', '--json=/nowhere/x.json'], /--json/],
  ['a scenario that is none', ['explore', '--scenario', 'x'], /--scenario/],
  ['a replay of everything', ['explore', '--replay', '1:1'], /--replay: needs/],
  ['a replay of nonsense', ['explore', '--scenario', 'swap', '--replay', 'x'], /not a schedule/],
  [
    'a replay that is to walk',
    ['explore', '--scenario', 'swap', '--replay', '-', '--schedules', '5'],
    /--replay: cannot be combined/,
  ],
  ['preemptions of a random walk', ['explore', '--preemptions', '1'], /--systematic/],
] as const) {
  test(`wrong usage is told by name: ${what}`, () => {
    const { status, stderr } = runCli(args);
    assert.equal(status, 2, stderr);
    assert.match(stderr.replaceAll(/\s+/g, ' '), says);
  });
}

for (const [what, path, change] of [
  ['missing', 'cpu.folioNs', (json: ProfileJson) => delete json.cpu.folioNs],
  [
    'negative',
    'dma.descriptorNs.value',
    (json: ProfileJson) => {
      json.dma.descriptorNs!.value = -3;
    },
  ],
  [
    'no number',
    'memory.copyGBps.value',
    (json: ProfileJson) => {
      json.memory.copyGBps!.value = 'fast';
    },
  ],
] as const) {
  test(`a figure of a profile that is ${what} is refused with its path`, () => {
    const { status, stderr } = runCli(['sim', 'move', '--profile', profileFile(change)]);
    assert.equal(status, 2);
    assert.ok(stderr.replaceAll(/\s+/g, ' ').includes(path), stderr);
  });
}

test('explore: ok for the real code, in the words of its schema; the same twice', () => {
  const args = ['explore', '--scenario', 'policy,swap', '--schedules', '50', '--json'];
  const { status, stdout } = runCli(args);
  assert.equal(status, 0);
  assert.equal(JSON.parse(stdout).schema, 'pageferry.explore/1');
  assert.equal(runCli(args).stdout, stdout);
});

test('explore: every schedule, and one again', () => {
  const all = runCli(['explore', '--scenario', 'move-and-write', '--systematic', '--preemptions', '1']);
  assert.equal(all.status, 0);
  assert.match(all.stdout, /ok, all schedules/);
  const again = runCli(['explore', '--scenario', 'swap', '--replay', '3:1,5:1', '--json']);
  assert.equal(again.status, 0);
  assert.ok(JSON.parse(again.stdout).results[0].decisions > 5);
  assert.match(runCli(['explore', '--list']).stdout, /late-device/);
});

test('help of every command fits 80 columns', () => {
  for (const command of [
    ['sim'],
    ['sim', 'move'],
    ['sim', 'batch'],
    ['sim', 'compaction'],
    ['sim', 'breakeven'],
    ['explore'],
  ]) {
    const { status, stdout } = runCli([...command, '--help']);
    assert.equal(status, 0);
    assert.ok(stdout.length > 100);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  }
});

test('a written file is read back', () => {
  const file = join(folder, 'figures.json');
  assert.equal(runCli(['sim', 'batch', '--count', '1', `--json=${file}`]).status, 0);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).rows.length, 2);
});
