import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RING_CAPACITY, Ring } from '../../../src/dmaengine/soft/ring.js';

test('the order of the cookies goes on where the counters wrap', () => {
  const ring = new Ring(new SharedArrayBuffer(Ring.bytes));
  for (const first of [0, 2 ** 31 - RING_CAPACITY / 2, -RING_CAPACITY / 2]) {
    let n = first | 0;
    for (let i = 0; i < RING_CAPACITY; i++, n = (n + 1) | 0) ring.setCookieAt(n, (i * 7) % RING_CAPACITY);
    n = first | 0;
    for (let i = 0; i < RING_CAPACITY; i++, n = (n + 1) | 0) {
      assert.equal(ring.cookieAt(n), (i * 7) % RING_CAPACITY);
    }
  }
});

test('no two fields of a ring share a byte, and all of them fit', () => {
  const buffer = new SharedArrayBuffer(Ring.bytes);
  const ring = new Ring(buffer);
  ring.words.fill(1);
  for (let i = 0; i < RING_CAPACITY; i++) {
    ring.setCookieAt(i, i);
    ring.result[i] = -i;
    ring.dst[i] = 3 * i;
    ring.src[i] = 5 * i;
    ring.bytes[i] = 7 * i;
  }
  const other = new Ring(buffer);
  assert.ok(other.words.every((word) => word === 1));
  for (let i = 0; i < RING_CAPACITY; i++) {
    const fields = [other.cookieAt(i), other.result[i], other.dst[i], other.src[i], other.bytes[i]];
    assert.deepEqual(fields, [i, 0 - i, 3 * i, 5 * i, 7 * i]);
  }
});
