import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { snapshotArrays } from '../../src/heat/heat-snapshot.js';
import { file, folder, HEAP, MADE, report } from './support/heat-report-scenes.js';

after(() => rmSync(folder, { recursive: true }));

test('a report has the map, the working set and the hottest memory, in 80 columns of ASCII for a pipe', () => {
  const { status, stdout, stderr } = report(HEAP);
  assert.equal(status, 0, stderr);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
  assert.match(stdout, /^[\x00-\x7f]*$/);
  assert.match(stdout, /^Accesses to heap \(32M\): 40 snapshots of units of 256K in 20 s, from/);
  assert.match(stdout, /^ +32M \+-+\n +0 s .* 20 s$/m);
  assert.match(stdout, /1[23] % of the map is unknown/);
  assert.match(
    stdout,
    /^Working set, median of the snapshots:\nwithin +at least +estimate +at most +unknown\n +1 s /m,
  );
  assert.match(stdout, /^Hottest memory of the last snapshot:$/m);
  assert.match(stdout, /^- The source hint sees reads and writes\.$/m);
  assert.doesNotMatch(stdout, /NaN|undefined|truncated|damaged/);
  // The hot quarter has moved to the second half: the first rows cool down, the ones in the middle are hot.
  const rows = stdout.split('\n').flatMap((line) => (/^.{7} \|/.test(line) ? [line.slice(9)] : []));
  assert.equal(rows.length, 16);
  const heat = (character: string): number => '?.:-=+*#%@'.indexOf(character);
  assert.ok(heat(rows[1]![10]!) > heat(rows[9]![10]!) && heat(rows[1]!.at(-1)!) < heat(rows[9]!.at(-1)!));
  assert.match(rows[15]!, /^\?+$/);
});

test('--json has the recording, the map, the working set and the hottest memory', () => {
  const { status, stdout } = report(HEAP, '--json');
  assert.equal(status, 0);
  const figures = JSON.parse(stdout);
  assert.equal(figures.schema, 'pageferry.heat.report/1');
  assert.match(figures.pageferry, /^\d+\.\d+\.\d+/);
  assert.equal(figures.file, HEAP);
  assert.deepEqual(figures.recording, { ...MADE.header, state: 'whole', problem: '', snapshots: 40 });
  const { rows, columns, ratePerPage, unknown, toSeconds } = figures.map;
  assert.equal(ratePerPage.length, rows);
  for (const row of ratePerPage) assert.equal(row.length, columns);
  assert.ok(unknown > 0.12 && unknown < 0.13);
  assert.equal(toSeconds, 20);
  assert.ok(ratePerPage[rows - 1].every((rate: unknown) => rate === null));
  assert.ok(ratePerPage[0][0] > ratePerPage[0].at(-1));
  assert.deepEqual(
    figures.workingSets.map(({ windowMs }: { windowMs: number }) => windowMs),
    [1000, 10_000, 60_000],
  );
  for (const { lowBytes, estimateBytes, highBytes } of figures.workingSets) {
    assert.ok(lowBytes <= estimateBytes && estimateBytes <= highBytes);
  }
  assert.ok(figures.concentration.accesses > 0.2 && figures.concentration.accesses <= 1);
  assert.equal(figures.hottest.length, 8);
  assert.ok(figures.hottest[0].offset >= 16 * 2 ** 20);
  // The names of HeatSnapshot.
  for (const unit of figures.hottest) {
    assert.deepEqual(Object.keys(unit).sort(), ['offset', 'bytes', ...Object.keys(snapshotArrays(0))].sort());
  }
  assert.deepEqual(Object.keys(figures).sort(), [
    'concentration',
    'cost',
    'file',
    'hottest',
    'map',
    'pageferry',
    'recording',
    'schema',
    'workingSets',
  ]);
});

test('a recording that was cut off is reported up to its last whole snapshot, and that it was', () => {
  const cut = file('cut.pfheat', MADE.bytes.subarray(0, MADE.ends[30]! + 100));
  const { status, stdout } = report(cut);
  assert.equal(status, 0);
  assert.match(stdout, /: 30 snapshots /);
  assert.match(
    stdout.replaceAll(/\s+/g, ' '),
    /- The recording is truncated: .* it was cut off, or is still being written\./,
  );
});

test('a damaged recording is reported up to the damage, with exit code 1', () => {
  const bytes = MADE.bytes.slice();
  bytes[MADE.ends[20]! + 20]! ^= 1;
  const damaged = file('damaged.pfheat', bytes);
  const { status, stdout } = report(damaged);
  assert.equal(status, 1);
  assert.match(stdout, /: 20 snapshots /);
  assert.match(stdout, /- The recording is damaged: a checksum is wrong, after \d+ bytes\./);
  assert.equal(JSON.parse(report(damaged, '--json').stdout).recording.state, 'damaged');
});

test('files that are not recordings are named, with exit code 2', () => {
  const empty = file('empty.pfheat', MADE.bytes.subarray(0, MADE.ends[0]));
  const cases: readonly (readonly [path: string, problem: RegExp])[] = [
    [join(folder, 'none.pfheat'), /the file does not exist\. Name a heat recording/],
    [join(HEAP, 'x'), /the file does not exist/],
    [folder, /the path is not a file/],
    ['/dev/null', /the path is not a file/],
    [file('empty', new Uint8Array()), /the file is empty, and not a heat recording/],
    [
      file('report.json', new TextEncoder().encode('{"schema":"pageferry.heat.report/1"}')),
      /the file is not a heat recording/,
    ],
    [empty, /the recording has no whole snapshot: the file ends without an end/],
  ];
  for (const [path, problem] of cases) {
    const { status, stdout, stderr } = report(path);
    assert.deepEqual([status, stdout], [2, ''], path);
    assert.match(stderr, problem);
    assert.ok(stderr.startsWith(`error: ${path}: `), stderr);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }
  const { status, stderr } = report();
  assert.equal(status, 2);
  assert.match(stderr, /missing required argument 'file'/);
});
