import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { openFerry } from '../../src/index.js';
import { assertContent, countersAdded, fill, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, HUGE, LIMIT, MIB, nextBatch, refusal } from './support/fixture.js';
import { wasStopped } from './support/stopped.js';

test('close during migrations: they reject with ECANCELED, all buffers work on', LIMIT, async () => {
  const buffers = [new SharedArrayBuffer(32 * MIB), new SharedArrayBuffer(32 * MIB)];
  for (const buffer of buffers) fillCounters(buffer);
  const crews = await Promise.all(buffers.map((buffer) => Crew.start(buffer, [{ kind: 'write' }])));
  for (let inTheMiddle = false; !inTheMiddle; ) {
    const ferry = await openFerry({ batchBytes: 4096 });
    const regions = buffers.map((buffer) => ferry.adopt(buffer));
    const stopped = Promise.all(regions.map((region) => wasStopped(region, region.migrate({ to: 1 }))));
    await nextBatch(ferry, 0);
    const closing = ferry.close();
    assert.equal(ferry.close(), closing, 'closing twice is closing once');
    await closing;
    inTheMiddle = (await stopped).every((each) => each);
  }
  for (const [i, crew] of crews.entries()) {
    await crew.allGoOn();
    const [added] = await crew.stop();
    assert.equal(countersAdded(buffers[i]!), added);
  }
});

test('adopted and allocated buffers work on after close', LIMIT, async () => {
  const ferry = await openFerry();
  const buffer = new SharedArrayBuffer(4 * MIB);
  const adopted = ferry.adopt(buffer);
  const allocated = ferry.allocate(4 * MIB, { folioSize: HUGE });
  const own = allocated.buffer;
  fill(buffer);
  fill(own, 1);
  for (const region of [adopted, allocated]) assertAllMoved(region, await region.migrate({ to: 1 }));
  await ferry.close();
  assert.equal(adopted.released, true);
  for (const memory of [buffer, own]) {
    assertContent(memory, memory === own ? 1 : 0);
    fill(memory, 2);
    assertContent(memory, 2);
  }
  adopted.release();
  await ferry.close();
});

test('a closed ferry refuses everything with EBADF', LIMIT, async () => {
  const ferry = await openFerry();
  const region = ferry.allocate(MIB);
  const closing = ferry.close();
  for (let round = 0; round < 2; round++) {
    assert.throws(() => ferry.adopt(new SharedArrayBuffer(MIB)), refusal('EBADF'));
    assert.throws(() => ferry.allocate(MIB), refusal('EBADF'));
    await assert.rejects(region.migrate({ to: 1 }), refusal('EBADF'));
    await assert.rejects(region.movePages([], null), refusal('EBADF'));
    assert.throws(() => ferry.events(), refusal('EBADF'));
    assert.throws(() => ferry.trace(), refusal('EBADF'));
    await assert.rejects(ferry.registerMigrator({ name: 'cpu' }), refusal('EBADF'));
    await assert.rejects(ferry.unregisterMigrator('cpu'), refusal('EBADF'));
    await assert.rejects(ferry.prefill({ node: 0, bytes: 0 }), refusal('EBADF'));
    await closing;
  }
  assert.equal(ferry.stats().batches, 0);
  assert.equal(ferry.nodes.length, 2);
});

test('a ferry is closed by asyncDispose', LIMIT, async () => {
  const ferry = await openFerry();
  await ferry[Symbol.asyncDispose]();
  assert.throws(() => ferry.allocate(MIB), refusal('EBADF'));
});

test('close keeps the process alive until it is done, also where other calls do not', LIMIT, () => {
  const program = `
    import { openFerry } from '${new URL('../../src/index.js', import.meta.url)}';
    const alive = setInterval(() => undefined, 1000);
    const ferry = await openFerry({ keepAlive: false });
    clearInterval(alive);
    await ferry.close();
    console.log('closed');
  `;
  const args = ['--input-type=module', '--eval', program];
  assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), 'closed\n');
});
