import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { axisScale } from '../../src/report/axis-scale.js';
import type { Chart, Scale } from '../../src/report/chart.js';

function chart(values: readonly (number | null)[], scale: Scale = 'linear'): Chart {
  const categories = values.map((_, i) => String(i));
  return { title: '', unit: '', axis: '', categories, series: [{ name: 'a', values }], scale };
}

test('a linear axis begins at 0, and its last tick is above all values', () => {
  assert.deepEqual(axisScale(chart([3, 12.6, null])).ticks, [0, 5, 10, 15]);
  assert.deepEqual(axisScale(chart([0.3])).ticks, [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(axisScale(chart([])).ticks.at(0), 0);
});

test('a logarithmic axis has the decades around its values, and no place for 0', () => {
  const { ticks, place } = axisScale(chart([0.5, 300, 0], 'log'));
  assert.deepEqual(ticks, [0.1, 1, 10, 100, 1000]);
  assert.equal(place(0), undefined);
  assert.equal(place(0.1), 0);
  assert.equal(place(1000), 1);
  assert.equal(place(10), 0.5);
});

test('every value has its place within the axis, in order', () => {
  const values = fc.array(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(values, fc.constantFrom<Scale>('linear', 'log'), (some, kind) => {
      const scale = axisScale(chart(some, kind));
      const places = some.toSorted((a, b) => a - b).map((value) => scale.place(value)!);
      for (const [i, place] of places.entries()) {
        assert.ok(place >= 0 && place <= 1 + 1e-9, `${place}`);
        assert.ok(i === 0 || place >= places[i - 1]!);
      }
      assert.ok(scale.ticks.length <= 8, `${scale.ticks}`);
    }),
  );
});
