import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns } from '../../src/bench/move/turns.js';

for (const rows of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
  test(`with ${rows.length} rows, each row runs every round, and goes there and back by turns`, () => {
    const order = turns(rows, 6);
    assert.equal(order.length, rows.length * 6);
    assert.ok(order.every(({ back }, i) => back === (i % 2 === 1)));
    for (const row of rows) {
      const mine = order.filter((turn) => turn.row === row);
      assert.equal(mine.length, 6);
      assert.ok(mine.every(({ back }, i) => i === 0 || back !== mine[i - 1]!.back));
    }
  });
}
