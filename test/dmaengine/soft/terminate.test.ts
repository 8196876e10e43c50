import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { livingThreads, newThreads } from '../../ferry/support/threads.js';
import { drain, MIB, Notes, requested, shared, submit, withDevice } from './support.js';

const src = shared(16 * MIB);
const dst = shared(16 * MIB);
src.bytes.fill(0xab);

test('terminate resolves when the thread is gone, in the middle of its copies, and nothing is written after', () =>
  withDevice(async (device) => {
    const before = livingThreads();
    await device.prepare(1);
    const own = newThreads(before);
    assert.equal(own.length, 1);
    const notes = new Notes();
    const channel = requested(device, notes);
    dst.bytes.fill(0);
    const last = shared(4096);
    for (let i = 1; i < channel.capacity; i++) submit(channel, dst.address, src.address, 16 * MIB);
    submit(channel, last.address, src.address, 4096);
    channel.issuePending();
    while (Atomics.load(dst.bytes, 0) === 0) {}
    const quiet = channel.terminate();
    assert.equal(channel.alive, false);
    await quiet;
    assert.equal(livingThreads().has(own[0]!), false);
    assert.ok(!last.bytes.includes(0xab), 'it had not come to the end');
    dst.bytes.fill(0);
    await delay(30);
    assert.ok(!dst.bytes.includes(0xab));
    assert.equal(channel.poll(), 0);
    assert.deepEqual(notes.told, []);
  }));

test('a thread that sleeps is ended, too', () =>
  withDevice(async (device) => {
    const before = livingThreads();
    await device.prepare(1);
    const channel = requested(device);
    submit(channel, dst.address, src.address, 4096);
    channel.issuePending();
    drain(channel);
    // By then it has given up spinning.
    await delay(20);
    assert.equal(newThreads(before).length, 1);
    await channel.terminate();
    assert.deepEqual(newThreads(before), []);
  }));

test('the place of a channel that was terminated can be prepared again', () =>
  withDevice(async (device) => {
    await device.prepare(2);
    const first = requested(device);
    const second = requested(device);
    await first.terminate();
    assert.equal(device.requestChannel(new Notes()), undefined);
    await device.prepare(1);
    const notes = new Notes();
    const third = requested(device, notes);
    assert.notEqual(third, first);
    assert.notEqual(third.name, first.name);
    dst.bytes.fill(0);
    for (const [i, channel] of [second, third].entries()) {
      submit(channel, dst.address + i * 4096, src.address, 4096);
      channel.issuePending();
      drain(channel);
    }
    assert.deepEqual(
      notes.told.map(({ bytes }) => bytes),
      [4096],
    );
    assert.ok(dst.bytes.subarray(0, 8192).every((byte) => byte === 0xab));
    assert.equal(dst.bytes[8192], 0);
  }));

test('a channel that was terminated while it was free is not handed out', () =>
  withDevice(async (device) => {
    await device.prepare(1);
    const channel = requested(device);
    device.releaseChannel(channel);
    const quiet = channel.terminate();
    assert.equal(device.requestChannel(new Notes()), undefined);
    await quiet;
    device.releaseChannel(channel);
    assert.equal(device.requestChannel(new Notes()), undefined);
  }));

test('a call back that terminates the channel is the last one', () =>
  withDevice(async (device) => {
    await device.prepare(1);
    let calls = 0;
    let quiet: Promise<void> | undefined;
    const channel = requested(device, {
      completed: (from) => {
        calls++;
        quiet = from.terminate();
      },
    });
    for (let i = 0; i < 8; i++) submit(channel, dst.address + i * 4096, src.address, 4096);
    channel.issuePending();
    channel.wait(1e10, 8);
    await quiet;
    assert.equal(calls, 1);
    assert.equal(channel.wait(1e10), 0);
  }));
