import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Chart } from '../../src/report/chart.js';
import { plotChart } from '../../src/report/plot.js';

const CHART: Chart = {
  title: 'Throughput by folio size',
  unit: 'GB/s',
  axis: 'folio size',
  categories: ['4K', '2M'],
  series: [
    { name: 'baseline', values: [2, 10] },
    { name: 'dcbm ×1', values: [5, null] },
    { name: 'baseline', values: [4, 8], elsewhere: 'RFC' },
  ],
  limit: { name: 'best copy', values: [10, 10] },
};

test('each value has a bar as long as it is large, with its figure behind', () => {
  const lines = plotChart(CHART).split('\n');
  const bars = lines.slice(2).map((line) => [...line].filter((each) => '█░▏▎▍▌▋▊▉'.includes(each)).length);
  assert.equal(lines[0], 'Throughput by folio size, GB/s');
  assert.equal(lines.length, 2 + 5);
  assert.match(lines[2]!, /^4K {2}baseline {6}█+.* 2\.00$/);
  assert.match(lines[3]!, /^ {4}dcbm ×1 {7}█+.* 5\.00$/);
  assert.match(lines[5]!, /^2M {2}baseline {6}█+ *10\.0$/);
  assert.ok(Math.abs(bars[3]! / bars[0]! - 5) < 0.5, `${bars}`);
});

test('the limit stands beyond each bar that is shorter, another machine has other bars; the legend says so', () => {
  const lines = plotChart(CHART).split('\n');
  assert.equal(lines[1], '┆ best copy, ░ another machine');
  assert.match(lines[2]!, /[█▏▎▍▌▋▊▉] +┆/);
  assert.match(lines[4]!, /RFC baseline {2}░+ +┆/);
  assert.doesNotMatch(lines[4]!, /█/);
});

test('the limit is seen within a longer bar, too, and never in the place of its end', () => {
  const short = { ...CHART, limit: { name: 'best copy', values: [1, 5] } };
  const lines = plotChart(short).split('\n');
  assert.match(lines[2]!, /█┆█/);
  assert.match(lines[5]!, /█┆█+ /);
  assert.match(lines[4]!, /░┆░/);
});

test('in ASCII the bars are as long, and the legend has the characters of the bars', () => {
  const [blocks, ascii] = [plotChart(CHART), plotChart(CHART, { ascii: true })].map((plot) =>
    plot.replaceAll('×', 'x').split('\n'),
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
  for (const line of ascii!) assert.doesNotMatch(line, /[^\x00-\x7f]/);
  assert.equal(ascii![1], '| best copy, . another machine');
  const lengths = (lines: readonly string[], bar: RegExp): number[] =>
    lines.slice(2).map((line) => line.match(bar)?.[0].length ?? 0);
  const parts = lengths(blocks!, /[█▏▎▍▌▋▊▉]+|░+/);
  for (const [i, length] of lengths(ascii!, /#+|\.+(?=[ |])/).entries()) {
    assert.ok(length > 0 && Math.abs(length - parts[i]!) <= 1, ascii![i + 2]);
  }
  const long = { ...CHART, series: [{ name: 'a'.repeat(60), values: [1, 2] }] };
  const [widest] = plotChart(long).split('\n').slice(2);
  const cut = plotChart(long, { ascii: true }).split('\n')[2]!;
  assert.equal(cut.length, [...widest!].length);
  assert.match(cut, / a{31}\.\.\. /);
});

test('a line is at most as wide as it may be, whatever the names and the values', () => {
  const value = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
  const series = fc.record({ name: fc.string({ maxLength: 60 }), values: fc.tuple(value, value) });
  const scales = fc.constantFrom('linear', 'log');
  fc.assert(
    fc.property(fc.array(series, { maxLength: 5 }), scales, fc.integer({ min: 50, max: 80 }), (...drawn) => {
      const [some, scale, width] = drawn;
      const chart: Chart = { ...CHART, series: some, scale };
      for (const line of plotChart(chart, { width }).split('\n')) {
        assert.ok([...line].length <= width, `${width}: ${line}`);
      }
      assert.equal(plotChart(chart, { width: 80 }), plotChart(chart));
    }),
  );
});

test('a bar is as long as its part of the room, in any width', () => {
  for (const width of [40, 60, 80]) {
    const [small, large] = plotChart(CHART, { width, ascii: true })
      .split('\n')
      .filter((line) => / baseline +#/.test(line))
      .map((line) => line.match(/#+(?:\|#+)?/)![0].length);
    assert.ok(Math.abs(large! / small! - 5) < 1.5, `${width}: ${small} ${large}`);
  }
});

test('nothing to draw is said', () => {
  assert.match(plotChart({ ...CHART, series: [] }), /nothing to draw/);
});
