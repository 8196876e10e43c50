import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PAGE_SIZE } from '../../src/common/page.js';
import { type HeatSnapshot, snapshotArrays } from '../../src/heat/heat-snapshot.js';
import { byteTicks, showRate, showSeconds, timeTicks } from '../../src/heat/map/axis-text.js';
import { colourOf, cubeColour } from '../../src/heat/map/colours.js';
import { HeatGrid } from '../../src/heat/map/heat-grid.js';
import { heatFigure, heatStyle } from '../../src/heat/map/html-map.js';
import { sightText } from '../../src/heat/map/legend.js';
import {
  type TerminalColours,
  type TerminalMapOptions,
  terminalGridSize,
  terminalMap,
} from '../../src/heat/map/terminal-map.js';
import { pageOf } from '../../src/report/page.js';
import { elementsOf } from '../report/elements.js';
import { SEES } from './recordings.js';

const MIB = 2 ** 20;

/** A snapshot of units of 1 MiB with these accesses per second and page; NaN is unknown. */
function ofPages(atMs: number, perPage: readonly number[]): HeatSnapshot {
  const arrays = snapshotArrays(perPage.length);
  for (const [unit, rate] of perPage.entries()) {
    if (Number.isNaN(rate)) continue;
    arrays.rate[unit] = rate * 256;
    arrays.known[unit] = 1;
    arrays.observations[unit] = 10;
  }
  return {
    atMs,
    offset: 0,
    bytes: perPage.length * MIB,
    unitBytes: MIB,
    source: 'hint',
    sees: SEES,
    ...arrays,
  };
}

const SHAPE = { offset: 0, bytes: 4 * MIB, fromMs: 0, toMs: 1000 };

test('a cell is the mean of what is known in its offsets and its time', () => {
  const grid = new HeatGrid({ ...SHAPE, rows: 2, columns: 2 });
  grid.add(ofPages(250, [1, 3, 8, Number.NaN]), 0);
  grid.add(ofPages(1000, [5, 3, Number.NaN, Number.NaN]), 250);
  // From 0 to 250 ms a mean of 2, then one of 4.
  assert.equal(grid.perPage(0, 0), 3);
  assert.equal(grid.perPage(0, 1), 4);
  assert.equal(grid.perPage(1, 0), 8);
  assert.ok(Number.isNaN(grid.perPage(1, 1)));
  const { unknown, median } = grid.certainty();
  assert.equal(unknown, 1 - (2 * 1000 + 250) / 4000);
  assert.ok(median > 0);
});

test('a unit that is larger than a row is in each of its rows, and a row that is larger has each of its units', () => {
  const fine = new HeatGrid({ ...SHAPE, rows: 16, columns: 1 });
  fine.add(ofPages(1000, [1, 2, 4, 8]), 0);
  assert.deepEqual(
    [0, 3, 4, 15].map((row) => fine.perPage(row, 0)),
    [1, 1, 2, 8],
  );
  const odd = new HeatGrid({ ...SHAPE, rows: 3, columns: 1 });
  odd.add(ofPages(1000, [1, 2, 4, 8]), 0);
  assert.ok(Math.abs(odd.perPage(0, 0) - (1 * 1 + 2 / 3) / (4 / 3)) < 1e-9);
});

test('a time without snapshots is unknown', () => {
  const grid = new HeatGrid({ ...SHAPE, rows: 1, columns: 10 });
  grid.add(ofPages(100, [1, 1, 1, 1]), 0);
  grid.add(ofPages(1000, [1, 1, 1, 1]), 900);
  const known = Array.from({ length: 10 }, (_, column) => grid.level(0, column) !== 0);
  assert.deepEqual(known, [true, ...Array(8).fill(false), true]);
});

function gridFor(options: TerminalMapOptions, perPage: readonly number[]): HeatGrid {
  const grid = new HeatGrid({ ...SHAPE, bytes: perPage.length * MIB, ...terminalGridSize(options) });
  grid.add(ofPages(1000, perPage), 0);
  return grid;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it removes colours
const STYLES = /\u001b\[[0-9;]*m/g;
const RATES = [0, 0.001, 0.01, 0.1, 1, 10, 100, Number.NaN];

for (const colours of ['none', '256', 'truecolor'] as const satisfies readonly TerminalColours[]) {
  test(`a map with colours '${colours}' fits every width, and names offsets, times, rates and what is unknown`, () => {
    for (const width of [40, 41, 60, 80, 133, 250]) {
      const options = { width, colours };
      const drawn = terminalMap(gridFor(options, RATES), options);
      const plain = drawn.replaceAll(STYLES, '');
      const lines = plain.split('\n');
      for (const line of lines) assert.ok(line.length <= width, `${line.length} of ${width}: ${line}`);
      // It uses the width that there is.
      assert.ok(lines.some((line) => line.length === width));
      assert.match(lines[0]!, / 0 \|/);
      assert.match(plain, /^ +8M \+-+$/m);
      assert.match(plain, /^ +0 s .*1 s$/m);
      assert.match(plain, /accesses per second and 4K page:/);
      assert.match(plain, /unknown/);
      assert.match(plain.replaceAll('\n', ' '), /1[23] % of the map is unknown/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
      assert.equal(/^[\x00-\x7f]*$/.test(drawn), colours === 'none');
      assert.equal(drawn.includes('\u001b'), colours !== 'none');
      // Each line ends without a style, so that a cut output leaves no colour behind.
      for (const line of drawn.split('\n')) {
        const last = [...line.matchAll(STYLES)].at(-1)?.[0];
        assert.ok(last === undefined || last === '\u001b[0m', JSON.stringify(line));
      }
    }
  });
}

test('characters rise with the rate from row to row, and unknown has its own', () => {
  const options = { width: 40, lines: 8, colours: 'none' } as const;
  const rates = [0, 0.01, 0.1, 0.5, 2, 10, 50, Number.NaN];
  const lines = terminalMap(gridFor(options, rates), options).split('\n').slice(0, 8);
  const rows = lines.map((line) => line.split('|')[1]!);
  for (const row of rows) assert.equal(new Set(row).size, 1, row);
  const order = rows.map((row) => '?.:-=+*#%@'.indexOf(row[0]!));
  assert.equal(order.pop(), 0);
  for (const [i, at] of order.entries()) assert.ok(at >= 1 && (i === 0 || at > order[i - 1]!), String(order));
});

test('fifteen levels share nine characters, each with its lowest rate in the legend', () => {
  const rates = Array.from({ length: 15 }, (_, i) => (i === 0 ? 0 : 2 ** (2 * i - 12)));
  const options = { width: 80, lines: 15, colours: 'none' } as const;
  const drawn = terminalMap(gridFor(options, rates), options);
  const signs = new Set(
    drawn
      .split('\n')
      .slice(0, 15)
      .map((line) => line.split('|')[1]![0]),
  );
  assert.equal(signs.size, 9);
  for (const sign of signs)
    assert.ok(drawn.includes(`${sign} from `) || drawn.includes(`${sign} below `), sign);
});

test('a map of which nothing is known is drawn, and says so', () => {
  for (const colours of ['none', 'truecolor'] as const) {
    const options = { width: 40, colours };
    const drawn = terminalMap(new HeatGrid({ ...SHAPE, ...terminalGridSize(options) }), options);
    assert.match(drawn, /100 % of the map is/);
    assert.doesNotMatch(drawn, /NaN|Infinity|undefined/);
  }
});

test('ticks are round, in order, on the axis, and not too many', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-3, max: 1e8, noNaN: true }),
      fc.integer({ min: 1, max: 20 }),
      (seconds, max) => {
        const ticks = timeTicks(seconds, max);
        assert.ok(ticks.length >= 1 && ticks.length <= max + 1, `${ticks.length}`);
        for (const { place } of ticks) assert.ok(place >= 0 && place <= 1 + 1e-9);
      },
    ),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 30 }),
      fc.integer({ min: 1, max: 2 ** 30 }),
      fc.integer({ min: 1, max: 20 }),
      (first, pages, max) => {
        const ticks = byteTicks(first * PAGE_SIZE, pages * PAGE_SIZE, max, String);
        assert.ok(ticks.length <= max + 1);
        for (const { place } of ticks) assert.ok(place >= 0 && place <= 1);
      },
    ),
  );
  assert.deepEqual(
    timeTicks(20, 5).map(({ text }) => text),
    ['0 s', '5 s', '10 s', '15 s', '20 s'],
  );
  assert.deepEqual([0, 0.25, 119, 150, 3600, 9000].map(showSeconds), [
    '0 s',
    '0.25 s',
    '119 s',
    '2:30 min',
    '1:00 h',
    '2:30 h',
  ]);
  assert.deepEqual([0.0009765625, 0.25, 16, 4096, 999_999, 2e6].map(showRate), [
    '0.00098',
    '0.25',
    '16',
    '4.1k',
    '1M',
    '2M',
  ]);
});

test('colours rise in lightness, and each has a number in a terminal of 256', () => {
  let before = -1;
  for (let level = 1; level <= 15; level++) {
    const rgb = colourOf(level, 1, 15);
    const light = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    assert.ok(light > before);
    before = light;
    const cube = cubeColour(rgb);
    assert.ok(Number.isInteger(cube) && cube >= 16 && cube <= 231);
  }
  assert.deepEqual(colourOf(3, 3, 3), colourOf(15, 1, 15));
  assert.equal(cubeColour([255, 0, 95]), 16 + 36 * 5 + 1);
});

test('the legend says what a source cannot see', () => {
  const sees = { reads: true, writes: true, kinds: true, threads: false };
  assert.equal(sightText('hint', sees), 'The source hint sees reads and writes.');
  assert.match(sightText('idle', { ...sees, kinds: false }), /cannot distinguish them/);
  assert.match(
    sightText('written', { ...sees, reads: false }),
    /writes only\. Memory that is only read seems cold/,
  );
});

const HTML = { ...SHAPE, bytes: RATES.length * MIB, rows: 24, columns: 30 };

function page(title: string): string {
  const grid = new HeatGrid(HTML);
  grid.add(ofPages(1000, RATES), 0);
  const sheet = { title, summary: title, charts: [], tables: [], notes: [] };
  const origin = { commandLine: 'pageferry heat report x', date: 'today', facts: [] };
  return pageOf(sheet, origin, { figures: [heatFigure(grid, title)], style: heatStyle(grid) });
}

test('the figure of a page loads nothing, runs nothing, and has a name and a description', () => {
  const text = page('Heat of heap');
  assert.doesNotMatch(text, /https?:|\bsrc=|\bhref=|@import|url\(|<script|<link|<iframe|\bstyle=|\bon\w+=/i);
  const elements = elementsOf(text);
  const drawing = elements.find(({ attributes }) => attributes.get('role') === 'img');
  assert.equal(drawing?.attributes.get('aria-label'), 'Heat of heap, by offset and time');
  assert.match(
    text,
    /<desc>Offsets from 0 to 8M, 1 s\. The hottest row is at 6M, with a mean of about 64 accesses/,
  );
  // A colour for each level that is drawn, and the level is in the legend.
  const drawn = elements.filter(
    ({ name, attributes }) => name === 'path' && /^heat-\d/.test(attributes.get('class') ?? ''),
  );
  assert.equal(drawn.length, 7);
  for (const { attributes } of drawn) {
    const name = attributes.get('class')!;
    assert.ok(text.includes(`.${name}{fill:#`), name);
    assert.ok(
      elements.some((each) => each.name === 'rect' && each.attributes.get('class') === name),
      name,
    );
  }
});

test('each cell of the figure is drawn once, in its row', () => {
  const text = page('x');
  const cells = new Map<string, string>();
  for (const [, name, d] of text.matchAll(/<path class="(heat-\d+)" d="([^"]*)"/g)) {
    for (const [, x, y, length] of d!.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
      for (let i = 0; i < Number(length); i++) {
        const cell = `${Number(x) + i} ${y}`;
        assert.ok(!cells.has(cell), cell);
        cells.set(cell, name!);
      }
    }
  }
  // Seven of eight units are known.
  assert.equal(cells.size, (HTML.rows * HTML.columns * 7) / 8);
  assert.notEqual(cells.get('0 0'), cells.get('0 20'));
  assert.equal(cells.get('0 23'), undefined);
});

test('the name of a region stays text', () => {
  const shape = (text: string) => elementsOf(text).map(({ name }) => name);
  const plain = shape(page('x'));
  for (const name of [
    '</style><script>alert(1)</script>',
    '"><img src=x onerror=y>',
    "a' b=c",
    '&lt;b&gt;',
  ]) {
    assert.deepEqual(shape(page(name)), plain);
  }
});
