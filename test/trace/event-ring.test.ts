import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { MigrationError } from '../../src/common/migration-error.js';
import { headOf } from '../../src/trace/event-layout.js';
import { EventRing } from '../../src/trace/event-ring.js';
import type { BatchBeginEvent } from '../../src/trace/ferry-event.js';
import { RingReader } from '../../src/trace/ring-reader.js';

function write(ring: EventRing, ...batches: number[]): void {
  for (const batch of batches) ring.write(headOf('batch-begin', 0, 0, 0), batch * 10, 0, 0, batch, 0);
}

function batches(events: readonly unknown[]): number[] {
  return events.map((event) => (event as BatchBeginEvent).batch);
}

test('it is on while a reader is open, and closing twice counts once', () => {
  const ring = new EventRing(undefined, 8);
  assert.equal(ring.on, false);
  const [one, other] = [new RingReader(ring), new RingReader(ring)];
  one.close();
  one.close();
  assert.equal(ring.on, true);
  other.close();
  assert.equal(ring.on, false);
});

test('events are read in order, from a position on; the next read goes on from there', () => {
  const ring = new EventRing(undefined, 8);
  const reader = new RingReader(ring);
  write(ring, 1, 2, 3);
  const first = reader.read();
  assert.deepEqual(batches(first.events), [1, 2, 3]);
  assert.deepEqual([first.next, first.lost, first.skipped], [3, 0, 0]);
  assert.deepEqual(reader.read(first.next), { events: [], next: 3, lost: 0, skipped: 0 });
  write(ring, 4);
  assert.deepEqual(batches(reader.read(first.next).events), [4]);
  assert.equal(reader.head, 4);
});

test('what the ring went round over is counted as lost', () => {
  const ring = new EventRing(undefined, 8);
  const reader = new RingReader(ring);
  write(ring, ...Array.from({ length: 20 }, (_, i) => i + 1));
  const { events, lost, next } = reader.read(2);
  assert.deepEqual(batches(events), [13, 14, 15, 16, 17, 18, 19, 20]);
  assert.equal(lost, 10);
  assert.equal(next, 20);
});

test('of more than were asked for the newest are given, and the others counted as skipped', () => {
  const ring = new EventRing(undefined, 8);
  const reader = new RingReader(ring);
  write(ring, ...Array.from({ length: 12 }, (_, i) => i + 1));
  const { events, lost, skipped } = reader.read(1, 3);
  assert.deepEqual(batches(events), [10, 11, 12]);
  assert.deepEqual([lost, skipped], [3, 5]);
  assert.deepEqual(reader.read(12, 0), { events: [], next: 12, lost: 0, skipped: 0 });
});

test('what is no position is refused, naming the argument', () => {
  const reader = new RingReader(new EventRing(undefined, 8));
  for (const wrong of [-1, 1.5, Number.NaN, '3' as unknown as number]) {
    assert.throws(
      () => reader.read(wrong),
      (error) => error instanceof MigrationError && error.code === 'EINVAL' && error.argument === 'since',
    );
    assert.throws(
      () => reader.read(0, wrong),
      (error) => error instanceof MigrationError && error.argument === 'max',
    );
  }
});

test('positions go on where 32 bits are not enough for them', () => {
  const ring = new EventRing(undefined, 8);
  const reader = new RingReader(ring);
  const header = new Int32Array(ring.buffer, 0, 16);
  // So many were claimed: the ring is full of others, which are no event of these positions.
  header[1] = -3;
  const before = reader.head;
  assert.equal(before, 2 ** 32 - 3);
  write(ring, 1, 2, 3, 4, 5);
  assert.equal(reader.head, 2 ** 32 + 2);
  assert.deepEqual(batches(reader.read(before).events), [1, 2, 3, 4, 5]);
});

test('a place that was claimed and never filled holds nobody up for long', () => {
  const ring = new EventRing(undefined, 1024);
  const reader = new RingReader(ring);
  write(ring, 1);
  const header = new Int32Array(ring.buffer, 0, 16);
  Atomics.add(header, 1, 1);
  write(ring, 3);
  assert.deepEqual(batches(reader.read().events), [1], 'it may still be filled');
  write(ring, ...Array.from({ length: 300 }, (_, i) => i + 4));
  const { events, lost } = reader.read();
  assert.equal(events.length, 302);
  assert.equal(lost, 1);
});

test('several threads write, and every event is whole', { timeout: 30_000 }, async () => {
  const ring = new EventRing(undefined, 2 ** 16);
  const reader = new RingReader(ring);
  const each = 10_000;
  const code = `
    const { workerData } = require('node:worker_threads');
    import(workerData.url).then(({ EventRing }) => {
      const ring = new EventRing(workerData.buffer);
      const name = ring.names.numberOf('writer ' + workerData.writer);
      // A migrator's event: see event-layout.ts.
      for (let i = 1; i <= ${each}; i++) ring.write(workerData.head | (name << 16), i, 0, 0, i, workerData.writer, i, i);
    });`;
  const url = new URL('../../src/trace/event-ring.js', import.meta.url).href;
  const head = headOf('batch-begin', 0, 0, 0);
  await Promise.all(
    [1, 2, 3].map(
      (writer) =>
        new Promise<void>((resolve, reject) => {
          const workerData = { url, buffer: ring.buffer, writer, head };
          const worker = new Worker(code, { eval: true, workerData });
          worker.once('error', reject);
          worker.once('exit', () => resolve());
        }),
    ),
  );
  const { events, lost } = reader.read();
  assert.equal(lost, 0);
  const next = [0, 1, 1, 1];
  for (const event of events as BatchBeginEvent[]) {
    assert.equal(event.batch, next[event.migration]!);
    next[event.migration]!++;
    assert.deepEqual([event.at, event.folios, event.pages], [event.batch, event.batch, event.batch]);
  }
  assert.deepEqual(next, [0, each + 1, each + 1, each + 1]);
});
