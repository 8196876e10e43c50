import assert from 'node:assert/strict';
import { ERRNO } from '../../src/common/errno.js';
import { amount } from '../deep.js';
import type { Behaves } from './conformance.js';

/** Channels: requested, given back, terminated; and the device's end. */
export function lifecycleCases(behaves: Behaves): void {
  behaves('a channel that was given back serves the next client, and only that one', async (bench) => {
    const first = await bench.open();
    bench.copy(first, 0, 0, 4096);
    first.channel.issuePending();
    bench.drain(first);
    bench.device.releaseChannel(first.channel);
    const second = bench.request()!;
    assert.equal(second.channel.alive, true);
    assert.equal(second.channel.inFlight, 0);
    bench.copy(second, 4096, 4096, 4096);
    second.channel.issuePending();
    bench.drain(second);
    assert.equal(first.client.told.length, 1);
    assert.equal(second.client.told.length, 1);
  });

  behaves('a channel that was given back with descriptors prepared has all of them again', async (bench) => {
    const first = await bench.open();
    for (let i = 0; i < first.channel.capacity; i++) bench.prepare(first.channel, 0, 0, 64);
    bench.device.releaseChannel(first.channel);
    const { channel } = bench.request()!;
    for (let i = 0; i < channel.capacity; i++) bench.prepare(channel, 0, 0, 64);
  });

  behaves('channels work side by side, each for its own client', async (bench) => {
    // A channel may be a thread, which takes long to start.
    const wanted = Math.min(bench.device.channels, amount(8, 64));
    await bench.device.prepare(wanted);
    const users = [];
    for (let user = bench.request(); user !== undefined; user = bench.request()) users.push(user);
    assert.ok(users.length > 0 && users.length <= wanted);
    assert.equal(new Set(users.map(({ channel }) => channel)).size, users.length);
    for (const [i, user] of users.entries()) {
      bench.copy(user, i * 65_536, i * 65_536, 65_536);
      user.channel.issuePending();
    }
    for (const user of users) {
      bench.drain(user);
      assert.equal(user.client.told.length, 1);
    }
    bench.device.releaseChannel(users[0]!.channel);
    assert.ok(bench.request() !== undefined, 'one is free again');
    assert.equal(bench.request(), undefined);
  });

  behaves('nothing is ready before it was asked for', (bench) => {
    assert.equal(bench.request(), undefined);
  });

  behaves('a terminated channel copies and tells nothing any more', async (bench) => {
    const { channel, client } = await bench.open();
    const count = Math.min(5, channel.capacity);
    // Straight, not by the bench: whether these arrive is open.
    const submit = () => {
      const cookie = channel.prepMemcpy(bench.dstAt, bench.srcAt, 65_536);
      channel.submit(cookie);
    };
    for (let i = 0; i < count; i++) submit();
    channel.issuePending();
    const quiet = channel.terminate();
    assert.equal(channel.alive, false);
    assert.equal(channel.prepMemcpy(bench.dstAt, bench.srcAt, 4096), -ERRNO.ENODEV);
    assert.equal(client.poll(channel), 0);
    assert.equal(client.wait(channel, 1e9), 0);
    await bench.settle(quiet);
    bench.clear();
    await bench.pass();
    assert.equal(client.poll(channel), 0);
    assert.equal(client.told.length, 0);
  });

  behaves('terminate may be asked for twice, and of an idle channel', async (bench) => {
    const user = await bench.open();
    bench.copy(user, 0, 0, 4096);
    user.channel.issuePending();
    bench.drain(user);
    await bench.settle(Promise.all([user.channel.terminate(), user.channel.terminate()]));
    assert.equal(user.channel.alive, false);
    user.channel.issuePending();
    bench.device.releaseChannel(user.channel);
  });

  behaves('close ends every channel, and may be called twice', async (bench) => {
    const { channel } = await bench.open();
    for (let i = 0; i < Math.min(3, channel.capacity); i++) {
      channel.submit(channel.prepMemcpy(bench.dstAt, bench.srcAt, 65_536));
    }
    channel.issuePending();
    await bench.settle(Promise.all([bench.device.close(), bench.device.close()]));
    bench.clear();
    assert.equal(channel.alive, false);
    assert.equal(channel.prepMemcpy(bench.dstAt, bench.srcAt, 4096), -ERRNO.ENODEV);
    assert.equal(bench.request(), undefined);
  });

  behaves('a device that was never used can be closed', () => {});
}
