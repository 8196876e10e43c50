import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WAIT_BUCKETS, WAIT_BUCKETS_NS, waitBucket } from '../../src/cli/demo/wait-buckets.js';

test('every time is in the bucket whose upper end is the next', () => {
  for (const ns of [1, 100, 128, 129, 1000, 4096, 123_456, 1e6, 1e9]) {
    const bucket = waitBucket(ns);
    assert.ok(ns <= WAIT_BUCKETS_NS[bucket]! * (1 + 1e-12), `${ns} is above bucket ${bucket}`);
    if (bucket > 0) assert.ok(ns > WAIT_BUCKETS_NS[bucket - 1]!, `${ns} is below bucket ${bucket}`);
  }
});

test('what is longer than all is in the last one', () => {
  assert.equal(waitBucket(1e12), WAIT_BUCKETS - 1);
  assert.equal(WAIT_BUCKETS, WAIT_BUCKETS_NS.length + 1);
});
