import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventDigest } from '../../src/dashboard/live/event-digest.js';
import { SPAN_KINDS, SPAN_NUMBERS } from '../../src/dashboard/messages.js';
import { BATCH_PHASES } from '../../src/mm/ports/batch-observer.js';
import { headOf } from '../../src/trace/event-layout.js';
import { EventRing } from '../../src/trace/event-ring.js';
import { RingReader } from '../../src/trace/ring-reader.js';

function recorded() {
  const ring = new EventRing(undefined, 1024);
  const digest = new EventDigest(new RingReader(ring));
  const batch = (name: string, bytes: number) => ring.moved.add(ring.names.numberOf(name), bytes);
  const phase = (what: (typeof BATCH_PHASES)[number], at: number, ns: number, number: number) =>
    ring.write(headOf('phase', BATCH_PHASES.indexOf(what), 0, 0), at, ns, 0, number, 1);
  const share = (lane: string, at: number, ns: number, number: number) =>
    ring.write(headOf('share', 0, 0, ring.names.numberOf(lane)), at, ns, 0, number, 1);
  return { ring, digest, batch, phase, share };
}

test('bytes and batches are added up by migrator, from one look to the next', () => {
  const { digest, batch } = recorded();
  batch('dcbm', 4096);
  batch('dcbm', 8192);
  batch('', 100);
  assert.deepEqual(digest.take().moved, { none: [100, 1], dcbm: [12_288, 2] });
  assert.equal(digest.take().moved, undefined);
  batch('mtcopy', 1);
  assert.deepEqual(digest.take().moved, { mtcopy: [1, 1] });
});

test('spans are drawn in lanes: unmap, copy and map of the thread, and one for each channel', () => {
  const { digest, phase, share } = recorded();
  phase('unmap', 1_000_000, 2000, 7);
  share('soft0', 1_002_000, 5000, 7);
  phase('wait', 1_002_500, 4500, 7);
  phase('map', 1_007_000, 1000, 7);
  const { timeline } = digest.take();
  assert.deepEqual(timeline?.lanes, ['unmap', 'copy', 'map', 'soft0']);
  const kind = (name: (typeof SPAN_KINDS)[number]) => SPAN_KINDS.indexOf(name);
  assert.deepEqual(timeline?.spans, [
    ...[0, kind('unmap'), 1, 20, 7],
    ...[3, kind('copy'), 20, 50, 7],
    ...[1, kind('wait'), 25, 45, 7],
    ...[2, kind('map'), 70, 10, 7],
  ]);
  assert.equal(timeline?.length, 80);
});

test('of many spans the last ones are kept, cut to a window', () => {
  const { digest, phase } = recorded();
  for (let i = 0; i < 700; i++) phase('unmap', i * 1e6, 1e6, i);
  const { spans, length } = digest.take().timeline!;
  assert.equal(spans.at(-1), 699);
  assert.equal(length, 200_000);
  assert.equal(spans.length, 20 * SPAN_NUMBERS);
  assert.equal(digest.take().timeline, undefined);
});

test('of more events than the ring has none is missed in the sums, and the timeline has the last ones', () => {
  const { digest, batch, phase } = recorded();
  for (let i = 0; i < 5000; i++) {
    batch('cpu', 2);
    phase('map', i * 1000, 500, i);
  }
  const { moved, timeline } = digest.take();
  assert.deepEqual(moved, { cpu: [10_000, 5000] });
  assert.equal(timeline!.spans.at(-1), 4999);
});
