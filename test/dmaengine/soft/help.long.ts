import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DMA_COMPLETE, DMA_ERROR, type DmaChannel } from '../../../src/dmaengine/channel.js';
import { RING_CAPACITY, RING_PIECE_BYTES } from '../../../src/dmaengine/soft/ring.js';
import { SoftDevice } from '../../../src/dmaengine/soft/soft-device.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { HUGE, memory, PAGE } from '../../linux/support/memory.js';
import { StuckSource } from '../../linux/support/stuck-source.js';
import { drain, MIB, Notes, requested, shared, submit, withDevice } from './support.js';

const src = shared(32 * MIB);
const dst = shared(32 * MIB);
const words = new Uint32Array(src.bytes.buffer);
for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + 1, 0x9e3779b1);

function help(channel: DmaChannel, cookie: number): number {
  assert.ok(channel.help !== undefined, 'a soft channel can be helped');
  return channel.help(cookie);
}

/** A channel whose thread sleeps in the middle of its first copy, until `go`. */
async function withStuckThread(
  use: (channel: DmaChannel, notes: Notes, stuck: number, go: () => void) => Promise<void> | void,
): Promise<void> {
  const source = new StuckSource();
  await withDevice(async (device) => {
    await device.prepare(1);
    const notes = new Notes();
    const channel = requested(device, notes);
    const cookie = submit(channel, dst.address, source.address, PAGE);
    channel.issuePending();
    source.await();
    try {
      await use(channel, notes, cookie, () => source.fill(src.bytes));
    } finally {
      // Before the device is closed: it waits for the thread.
      source.close();
    }
  });
}

test('what a thread that gets no processor has not begun is copied by its client, and told of', () =>
  withStuckThread((channel, notes, stuck, go) => {
    dst.bytes.fill(0);
    const sizes = [PAGE, 3 * PAGE, 8 * MIB, RING_PIECE_BYTES, RING_PIECE_BYTES + 1, 1];
    let at = PAGE;
    const cookies = sizes.map((bytes) => {
      const cookie = submit(channel, dst.address + at, src.address + at, bytes);
      at += bytes;
      return cookie;
    });
    channel.issuePending();
    for (const [i, cookie] of cookies.entries()) assert.equal(help(channel, cookie), sizes[i]);
    assert.deepEqual(notes.told, [], 'a client is called back from within poll and wait only');
    assert.equal(channel.wait(1e10, cookies.length), cookies.length);
    assert.deepEqual(
      notes.told,
      cookies.map((cookie, i) => ({ cookie, result: DMA_COMPLETE, bytes: sizes[i] })),
    );
    assert.equal(Buffer.compare(dst.bytes.subarray(PAGE, at), src.bytes.subarray(PAGE, at)), 0);
    assert.equal(channel.inFlight, 1);
    assert.equal(help(channel, stuck), 0, 'what the thread has begun it ends itself');
    go();
    drain(channel);
    assert.deepEqual(notes.told.at(-1), { cookie: stuck, result: DMA_COMPLETE, bytes: PAGE });
    assert.equal(Buffer.compare(dst.bytes.subarray(0, PAGE), src.bytes.subarray(0, PAGE)), 0);
  }));

test('a thread that wakes late finds the next copies, however many were copied without it', () =>
  withStuckThread((channel, notes, _stuck, go) => {
    const rounds = 3 * RING_CAPACITY;
    for (let i = 0; i < rounds; i++) {
      const cookie = submit(channel, dst.address + PAGE, src.address, 8);
      channel.issuePending();
      assert.equal(help(channel, cookie), 8);
      assert.equal(channel.poll(), 1);
    }
    go();
    drain(channel);
    submit(channel, dst.address + PAGE, src.address, MIB);
    channel.issuePending();
    drain(channel);
    assert.equal(notes.told.length, rounds + 2);
  }));

test('a thread that is stuck is waited for by terminate, with what it has begun and nothing else', () =>
  withStuckThread(async (channel, notes, _stuck, go) => {
    dst.bytes.fill(0);
    const cookie = submit(channel, dst.address + PAGE, src.address, MIB);
    channel.issuePending();
    const quiet = channel.terminate();
    assert.equal(help(channel, cookie), 0);
    go();
    await quiet;
    assert.ok(dst.bytes.subarray(PAGE).every((byte) => byte === 0));
    assert.deepEqual(notes.told, []);
  }));

test('thread and client copy together: every byte arrives, each descriptor is told of once', () =>
  withDevice(async (device) => {
    await device.prepare(1);
    const notes = new Notes();
    const channel = requested(device, notes);
    const size = fc.oneof(fc.integer({ min: 1, max: 3 * PAGE }), fc.integer({ min: 1, max: 4 * MIB }));
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 8 }), fc.boolean(), (sizes, lastFirst) => {
        notes.told.length = 0;
        const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
        dst.bytes.fill(0, 0, total + PAGE);
        let at = 0;
        const cookies = sizes.map((bytes) => {
          const cookie = submit(channel, dst.address + at, src.address + at, bytes);
          at += bytes;
          return cookie;
        });
        channel.issuePending();
        for (const cookie of lastFirst ? [...cookies].reverse() : cookies) help(channel, cookie);
        drain(channel);
        assert.equal(Buffer.compare(dst.bytes.subarray(0, at), src.bytes.subarray(0, at)), 0);
        assert.ok(dst.bytes.subarray(at, at + PAGE).every((byte) => byte === 0));
        const told = [...notes.told].sort((a, b) => cookies.indexOf(a.cookie) - cookies.indexOf(b.cookie));
        assert.deepEqual(
          told,
          cookies.map((cookie, i) => ({ cookie, result: DMA_COMPLETE, bytes: sizes[i] })),
        );
      }),
      { numRuns: 300 },
    );
  }));

test('only what was issued and is still in flight can be helped with', () =>
  withDevice(async (device) => {
    await device.prepare(1);
    const channel = requested(device);
    dst.bytes.fill(0);
    const cookie = submit(channel, dst.address, src.address, PAGE);
    assert.equal(help(channel, cookie), 0);
    assert.equal(dst.bytes[0], 0);
    channel.issuePending();
    drain(channel);
    assert.equal(help(channel, cookie), 0);
  }));

test('an error of one piece is the error of its descriptor, whoever copied it', () =>
  withDevice(async (device) => {
    await device.prepare(1);
    const notes = new Notes();
    const channel = requested(device, notes);
    const hole = memory(4 * HUGE, true);
    for (let round = 0; round < 8; round++) {
      libc().munmap(hole.address + round * RING_PIECE_BYTES, PAGE);
      const bad = submit(channel, dst.address, hole.address, 2 * HUGE);
      const good = submit(channel, dst.address + 4 * MIB, hole.address + 2 * HUGE, 2 * HUGE);
      channel.issuePending();
      help(channel, bad);
      help(channel, good);
      drain(channel);
      const told = notes.told.splice(0).sort((a, b) => a.result - b.result);
      assert.deepEqual(told, [
        { cookie: good, result: DMA_COMPLETE, bytes: 2 * HUGE },
        { cookie: bad, result: DMA_ERROR, bytes: 0 },
      ]);
    }
    hole.unmap();
  }, new SoftDevice('checked')));

test('of a thread that died, what it had not begun can be copied still, and is told of', () =>
  withDevice(async (device) => {
    await device.prepare(1);
    const notes = new Notes();
    const channel = requested(device, notes);
    channel.failNext?.();
    dst.bytes.fill(0, 0, 2 * MIB);
    const lost = submit(channel, dst.address, src.address, PAGE);
    const left = submit(channel, dst.address + PAGE, src.address + PAGE, MIB);
    channel.issuePending();
    while (channel.alive) {}
    assert.equal(help(channel, lost), 0);
    assert.equal(help(channel, left), MIB);
    assert.equal(channel.poll(), 1);
    assert.deepEqual(notes.told, [{ cookie: left, result: DMA_COMPLETE, bytes: MIB }]);
    const [sources, targets] = [src.bytes.subarray(PAGE, MIB + PAGE), dst.bytes.subarray(PAGE, MIB + PAGE)];
    assert.equal(Buffer.compare(sources, targets), 0);
    assert.equal(channel.inFlight, 1);
  }));
