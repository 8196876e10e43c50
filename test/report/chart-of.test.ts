import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartOf } from '../../src/report/chart-of.js';

const ROWS = [
  { size: '4K', who: 'baseline', speed: 2, rfc: 3.5 },
  { size: '4K', who: 'dcbm', speed: 4, rfc: null },
  { size: '2M', who: 'baseline', speed: 8, rfc: 10.9 },
];

test('rows become series over categories, gaps included, with those of another machine behind', () => {
  const chart = chartOf(ROWS, {
    title: 't',
    unit: 'GB/s',
    axis: 'size',
    category: ({ size }) => size,
    series: ({ who }) => who,
    value: ({ speed }) => speed,
    spread: ({ speed }) => [speed - 1, speed + 1],
    elsewhere: { whose: 'RFC', value: ({ rfc }) => rfc },
    limit: { name: 'copy', value: (size) => (size === '4K' ? 9 : null) },
  });
  assert.deepEqual(chart.categories, ['4K', '2M']);
  assert.deepEqual(chart.series, [
    {
      name: 'baseline',
      values: [2, 8],
      spreads: [
        [1, 3],
        [7, 9],
      ],
    },
    { name: 'dcbm', values: [4, null], spreads: [[3, 5], null] },
    { name: 'baseline', values: [3.5, 10.9], elsewhere: 'RFC' },
  ]);
  assert.deepEqual(chart.limit, { name: 'copy', values: [9, null] });
});
