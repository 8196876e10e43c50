import assert from 'node:assert/strict';
import { ERRNO } from '../../src/common/errno.js';
import { amount, sampled } from '../deep.js';
import type { Behaves } from './conformance.js';
import { REGION } from './copy-bench.js';

/** Descriptors: from prepared to told. */
export function copyCases(behaves: Behaves): void {
  behaves('a descriptor is told of once, when all of its bytes are in place', async (bench) => {
    const user = await bench.open();
    const { channel, client } = user;
    const cookie = bench.prepare(channel, 0, 0, 8192);
    assert.equal(channel.inFlight, 0);
    channel.submit(cookie);
    bench.expect(0, 0, 8192);
    assert.equal(channel.inFlight, 0);
    channel.issuePending();
    assert.equal(channel.inFlight, 1);
    bench.drain(user);
    assert.deepEqual(client.told, [{ cookie, bytes: 8192 }]);
    for (let i = 0; i < 3; i++) assert.equal(client.poll(channel), 0);
  });

  behaves('poll alone gets to know as well', async (bench) => {
    const user = await bench.open();
    bench.copy(user, 0, 0, 4096);
    user.channel.issuePending();
    while (user.channel.inFlight > 0) {
      await bench.pass();
      user.client.poll(user.channel);
    }
    assert.equal(user.client.told.length, 1);
  });

  const sizes = [4096, 8192, 65_536, 2 ** 20, 2 ** 21, 1, 63, 4095, 4097, 12_345, 1_000_003];
  behaves(`sizes of ${sizes.join(', ')} bytes are copied, and nothing beside them`, async (bench) => {
    const user = await bench.open();
    for (const [i, bytes] of sizes.entries()) {
      if (bytes > user.channel.maxBytes) continue;
      bench.copy(user, 4096 + i * 7, 8192 + i * 5, bytes);
      user.channel.issuePending();
      bench.drain(user);
      bench.checkContent();
      bench.clear();
    }
  });

  for (const count of sampled([1, 2, 3, 7, 31, 100, 257], 3)) {
    behaves(`${count} copies of scattered pages may end in any order`, async (bench) => {
      const user = await bench.open();
      const sources = bench.shuffled(REGION / 4096);
      const targets = bench.shuffled(REGION / 4096);
      for (let next = 0; next < count; ) {
        while (next < count && bench.tryCopy(user, sources[next]! * 4096, targets[next]! * 4096, 4096))
          next++;
        user.channel.issuePending();
        user.client.wait(user.channel, 1e8);
      }
      bench.drain(user);
      assert.equal(user.client.told.length, count);
    });
  }

  behaves('a call back may prepare and issue the next copy', async (bench) => {
    const user = await bench.open();
    const { channel, client } = user;
    let next = 0;
    const more = () => {
      if (next === 300 || !bench.tryCopy(user, next * 4096, next * 4096, 4096)) return;
      next++;
      channel.issuePending();
    };
    client.also = more;
    for (let i = 0; i < 5; i++) more();
    bench.drain(user);
    assert.equal(client.told.length, 300);
  });

  behaves('a call back comes after its descriptor has left', async (bench) => {
    const user = await bench.open();
    const { channel, client } = user;
    const count = Math.min(4, channel.capacity);
    const seen: number[] = [];
    client.also = () => seen.push(channel.inFlight);
    for (let i = 0; i < count; i++) bench.copy(user, i * 4096, i * 4096, 4096);
    channel.issuePending();
    bench.drain(user);
    assert.deepEqual(
      seen,
      Array.from({ length: count }, (_, i) => count - 1 - i),
    );
  });

  behaves('capacity is how many descriptors there are; then EBUSY', async (bench) => {
    const { channel } = await bench.open();
    for (let round = 0; round < 2; round++) {
      const cookies = Array.from({ length: channel.capacity }, () => bench.prepare(channel, 0, 0, 4096));
      assert.equal(new Set(cookies).size, channel.capacity);
      assert.ok(cookies.every((cookie) => cookie >= 0 && cookie < channel.capacity));
      assert.equal(channel.prepMemcpy(bench.dstAt, bench.srcAt, 4096), -ERRNO.EBUSY);
      for (const cookie of cookies) channel.discard(cookie);
    }
  });

  behaves('every descriptor may be in flight at once', async (bench) => {
    const user = await bench.open();
    const count = user.channel.capacity;
    const bytes = Math.max(64, Math.min(4096, Math.floor(REGION / count / 64) * 64));
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < count; i++) bench.copy(user, (i * bytes) % REGION, (i * bytes) % REGION, bytes);
      user.channel.issuePending();
      assert.equal(user.channel.inFlight, count);
      bench.drain(user);
      assert.equal(user.client.told.length, (round + 1) * count);
    }
  });

  behaves('no bytes, or more than maxBytes, are EINVAL', async (bench) => {
    const user = await bench.open();
    const { channel } = user;
    for (const bytes of [0, channel.maxBytes + 1, 2 ** 50]) {
      assert.equal(channel.prepMemcpy(bench.dstAt, bench.srcAt, bytes), -ERRNO.EINVAL);
    }
    bench.copy(user, 0, 0, Math.min(channel.maxBytes, REGION));
    channel.issuePending();
    bench.drain(user);
  });

  behaves('what is discarded, or prepared only, is neither copied nor told of', async (bench) => {
    const user = await bench.open();
    const { channel, client } = user;
    channel.discard(bench.prepare(channel, 0, 0, 4096));
    const kept = channel.capacity > 1 ? bench.prepare(channel, 0, 4096, 4096) : undefined;
    const cookie = bench.copy(user, 0, 8192, 4096);
    channel.issuePending();
    bench.drain(user);
    assert.deepEqual(client.told, [{ cookie, bytes: 4096 }]);
    if (kept !== undefined) channel.discard(kept);
  });

  behaves('wait returns at once when nothing is in flight, whatever is prepared', async (bench) => {
    const user = await bench.open();
    const day = 86_400e9;
    assert.equal(user.client.wait(user.channel, day), 0);
    const prepared = bench.prepare(user.channel, 0, 0, 4096);
    assert.equal(user.client.wait(user.channel, day), 0);
    user.channel.discard(prepared);
    bench.copy(user, 0, 0, 4096);
    user.channel.issuePending();
    while (user.channel.inFlight > 0) user.client.wait(user.channel, day);
    assert.equal(user.client.wait(user.channel, day), 0);
    assert.equal(user.client.wait(user.channel, 0), 0);
  });

  behaves('a descriptor that a CPU helps with is told of once, and from poll or wait only', async (bench) => {
    const user = await bench.open();
    const { channel, client } = user;
    if (channel.help === undefined) return;
    const rounds = amount(3, 10);
    const sizes = [4096, 1, 2 ** 20, 4097, 2 * 2 ** 20];
    for (let round = 0; round < rounds; round++) {
      let at = 0;
      const cookies = sizes.map((bytes) => {
        const cookie = bench.copy(user, at, at, bytes);
        at += bytes;
        return cookie;
      });
      channel.issuePending();
      for (const [i, cookie] of cookies.entries()) {
        const helped = channel.help(cookie);
        assert.ok(helped >= 0 && helped <= sizes[i]!);
        assert.equal(channel.help(cookie), 0, 'nothing of it is left to begin');
      }
      assert.equal(channel.inFlight, cookies.length, 'nobody was told yet');
      bench.drain(user);
      bench.checkContent();
      bench.clear();
    }
    assert.equal(client.told.length, rounds * sizes.length);
  });

  behaves('issuing nothing is no error', async (bench) => {
    const { channel, client } = await bench.open();
    channel.issuePending();
    assert.equal(client.poll(channel), 0);
    assert.equal(channel.inFlight, 0);
  });
}
