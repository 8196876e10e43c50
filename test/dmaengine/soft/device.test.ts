import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ERRNO } from '../../../src/common/errno.js';
import { DMA_COMPLETE, DMA_ERROR } from '../../../src/dmaengine/channel.js';
import { SoftDevice } from '../../../src/dmaengine/soft/soft-device.js';
import { libc } from '../../../src/linux/sys/libc.js';
import { livingThreads, newThreads } from '../../ferry/support/threads.js';
import { HUGE, memory, PAGE } from '../../linux/support/memory.js';
import { drain, MIB, Notes, requested, shared, submit, withDevice } from './support.js';

test('what is prepared already is not prepared again', () =>
  withDevice(async (device) => {
    const before = livingThreads();
    await Promise.all([device.prepare(2), device.prepare(1), device.prepare(2)]);
    assert.equal(newThreads(before).length, 2);
    await device.prepare(2);
    await device.prepare(0);
    assert.equal(newThreads(before).length, 2);
    requested(device);
    requested(device);
    assert.equal(device.requestChannel(new Notes()), undefined);
  }));

test('channels in use do not count as ready', () =>
  withDevice(async (device) => {
    await device.prepare(1);
    const first = requested(device);
    await device.prepare(1);
    const second = requested(device);
    assert.notEqual(second, first);
  }));

test('several channels copy at once, each what it was given', () =>
  withDevice(async (device) => {
    const count = 4;
    const each = 64;
    const src = shared(count * each * PAGE);
    const dst = shared(count * each * PAGE);
    for (let i = 0; i < src.bytes.length; i++) src.bytes[i] = 1 + ((i + (i >> 12)) % 251);
    await device.prepare(count);
    const users = Array.from({ length: count }, () => {
      const notes = new Notes();
      return { notes, channel: requested(device, notes) };
    });
    // Page by page in turn, so that neighbours belong to different channels.
    for (let page = 0; page < count * each; page++) {
      submit(users[page % count]!.channel, dst.address + page * PAGE, src.address + page * PAGE, PAGE);
    }
    for (const { channel } of users) channel.issuePending();
    for (const { channel, notes } of users) {
      drain(channel);
      assert.equal(notes.told.length, each);
    }
    assert.equal(Buffer.compare(src.bytes, dst.bytes), 0);
  }));

test('a call back may poll and wait itself', () =>
  withDevice(async (device) => {
    const src = shared(8 * MIB);
    const dst = shared(8 * MIB);
    await device.prepare(1);
    const seen: number[] = [];
    const channel = requested(device, {
      completed: (from, cookie) => {
        seen.push(cookie);
        from.poll();
        from.wait(1e9);
      },
    });
    const cookies: number[] = [];
    for (let i = 0; i < 8; i++) cookies.push(submit(channel, dst.address, src.address, 8 * MIB));
    channel.issuePending();
    // For one of them: the others end while the client is called back.
    while (channel.inFlight > 0) channel.wait(1e8);
    assert.deepEqual(seen, cookies);
    assert.equal(channel.inFlight, 0);
  }));

test('a checked device says so when a source cannot be read, and goes on', () =>
  withDevice(async (device) => {
    await device.prepare(1);
    const notes = new Notes();
    const channel = requested(device, notes);
    const dst = memory(2 * HUGE, true);
    const src = memory(2 * HUGE, true);
    libc().munmap(src.address + HUGE, HUGE);
    const cookies = [
      submit(channel, dst.address, src.address, PAGE),
      submit(channel, dst.address, src.address + HUGE, PAGE),
      submit(channel, dst.address, src.address + HUGE - PAGE, 2 * PAGE),
      submit(channel, dst.address, src.address, PAGE),
    ];
    channel.issuePending();
    drain(channel);
    assert.deepEqual(notes.told, [
      { cookie: cookies[0], result: DMA_COMPLETE, bytes: PAGE },
      { cookie: cookies[1], result: DMA_ERROR, bytes: 0 },
      { cookie: cookies[2], result: DMA_ERROR, bytes: 0 },
      { cookie: cookies[3], result: DMA_COMPLETE, bytes: PAGE },
    ]);
    dst.unmap();
    src.unmap();
  }, new SoftDevice('checked')));

test('what a client had submitted and not issued is not the next one’s', () =>
  withDevice(async (device) => {
    const src = shared(2 * PAGE);
    const dst = shared(2 * PAGE);
    src.bytes.fill(7);
    await device.prepare(1);
    const first = requested(device);
    submit(first, dst.address, src.address, PAGE);
    device.releaseChannel(first);
    const notes = new Notes();
    const second = requested(device, notes);
    const cookie = submit(second, dst.address + PAGE, src.address + PAGE, PAGE);
    second.issuePending();
    assert.equal(second.inFlight, 1);
    drain(second);
    assert.deepEqual(notes.told, [{ cookie, result: DMA_COMPLETE, bytes: PAGE }]);
    assert.deepEqual([dst.bytes[0], dst.bytes[PAGE]], [0, 7]);
  }));

test('a channel with something in flight is not taken back', () =>
  withDevice(async (device) => {
    const src = shared(8 * MIB);
    const dst = shared(8 * MIB);
    await device.prepare(1);
    const notes = new Notes();
    const channel = requested(device, notes);
    submit(channel, dst.address, src.address, 8 * MIB);
    channel.issuePending();
    assert.throws(() => device.releaseChannel(channel), { code: 'EBUSY' });
    drain(channel);
    assert.equal(notes.told.length, 1);
    device.releaseChannel(channel);
    device.releaseChannel(channel);
    assert.equal(requested(device), channel);
    assert.equal(device.requestChannel(new Notes()), undefined);
  }));

test('close ends every thread, also those that are being started', async () => {
  const before = livingThreads();
  const device = new SoftDevice();
  const started = device.prepare(2);
  const late = device.prepare(3).catch(() => undefined);
  while (newThreads(before).length === 0) await turn();
  await device.close();
  assert.deepEqual(newThreads(before), []);
  await Promise.all([started, late]);
  assert.deepEqual(newThreads(before), []);
});

test('nothing can be had of a device that was closed', async () => {
  const before = livingThreads();
  const device = new SoftDevice();
  await device.prepare(2);
  const channel = requested(device);
  await device.close();
  assert.deepEqual(newThreads(before), []);
  assert.equal(channel.alive, false);
  assert.equal(channel.prepMemcpy(PAGE, 2 * PAGE, PAGE), -ERRNO.ENODEV);
  device.releaseChannel(channel);
  assert.equal(device.requestChannel(new Notes()), undefined);
  await assert.rejects(device.prepare(1), { code: 'ENODEV' });
  assert.deepEqual(newThreads(before), []);
});
