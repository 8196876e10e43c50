import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bytesFromStart,
  clearCompletion,
  completionStatus,
  decodeCompletion,
} from '../../../src/dmaengine/idxd/completion.js';
import { CookieRing } from '../../../src/dmaengine/idxd/cookie-ring.js';
import { encodeMemmove, memmoveFlags } from '../../../src/dmaengine/idxd/descriptor.js';
import { DescriptorTable, FREE, PREPARED } from '../../../src/dmaengine/idxd/descriptor-table.js';
import { LinearMapper, ScatterGatherTable } from '../../../src/dmaengine/scatter-gather.js';
import { RING_CAPACITY, Ring } from '../../../src/dmaengine/soft/ring.js';
import { anyProperty, type FuzzTarget, target } from '../support/target.js';

const address = fc.maxSafeNat();
const size = fc.integer({ min: 1, max: 2 ** 32 - 1 });

function codec(): fc.IRawProperty<unknown> {
  return anyProperty(
    fc.property(
      address,
      address,
      address,
      size,
      fc.boolean(),
      fc.nat(40),
      (record, dst, src, bytes, bof, at) => {
        const words = new Uint32Array(at + 16 + 8).fill(0xdead_beef);
        encodeMemmove(words, at, memmoveFlags(bof), record, dst, src, bytes);
        const view = new DataView(words.buffer, at * 4, 64);
        assert.deepEqual(
          [8, 16, 24].map((offset) => Number(view.getBigUint64(offset, true))),
          [record, src, dst],
        );
        assert.equal(view.getUint32(32, true), bytes);
        assert.equal(view.getUint32(4, true) >>> 24, 3);
        words.fill(0xdead_beef, at, at + 16);
        assert.ok(
          words.every((word) => word === 0xdead_beef),
          'nothing else is written',
        );
      },
    ),
  );
}

function completions(): fc.IRawProperty<unknown> {
  return anyProperty(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(8), (bytes, at) => {
      const words = new Int32Array(at + 8);
      new Uint8Array(words.buffer, at * 4).set(bytes);
      const record = decodeCompletion(words, at);
      assert.equal(record.status, bytes[0]! & 0x7f);
      assert.equal(completionStatus(words, at), record.status);
      for (const field of Object.values(record)) assert.ok(Number(field) >= 0);
      assert.equal(bytesFromStart(words, at), bytes[1] === 0 ? record.bytesCompleted : 0);
      clearCompletion(words, at);
      assert.equal(completionStatus(words, at), 0);
      assert.equal(bytesFromStart(words, at), 0);
    }),
  );
}

/** Takes and gives back at random: no cookie is ever given out twice, none is lost. */
function cookies(): fc.IRawProperty<unknown> {
  return anyProperty(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(99), { maxLength: 100 }),
      (capacity, steps) => {
        const table = new DescriptorTable(capacity);
        const ring = new CookieRing(capacity);
        const model: number[] = [];
        for (const step of steps) {
          if (step % 2 === 0) {
            const cookie = table.take(step, step + 1, step + 2);
            assert.equal(cookie < 0, model.length === capacity);
            if (cookie < 0) continue;
            assert.ok(!model.includes(cookie));
            assert.deepEqual([table.state[cookie], table.dst[cookie]], [PREPARED, step]);
            table.expectPrepared(cookie, 'submit');
            model.push(cookie);
            ring.push(cookie);
          } else if (model.length > 0) {
            assert.equal(ring.peek(), model[0]);
            const cookie = ring.shift();
            assert.equal(cookie, model.shift());
            table.free(cookie);
            assert.equal(table.state[cookie], FREE);
            assert.throws(() => table.expectPrepared(cookie, 'submit'), RangeError);
          }
          assert.equal(ring.length, model.length);
        }
      },
    ),
  );
}

const run = fc.record({ frame: fc.nat(5000), pages: fc.integer({ min: 1, max: 64 }) });

/** Every byte of the runs is in the segments, in order, and nothing else is. */
function scatterGather(): fc.IRawProperty<unknown> {
  return anyProperty(
    fc.property(fc.array(run, { maxLength: 200 }), fc.nat(2 ** 20), (runs, page) => {
      const table = new ScatterGatherTable();
      const base = page * 4096;
      for (const { frame, pages } of runs) table.addRun(frame, pages);
      assert.equal(new LinearMapper(base, 4096).map(table), 0);
      assert.ok(table.segments <= runs.length);
      let [segment, done] = [0, 0];
      for (const { frame, pages } of runs) {
        for (let i = 0; i < pages; i++, done += 4096) {
          if (done === table.bytes[segment]) [segment, done] = [segment + 1, 0];
          assert.equal(table.address[segment]! + done, base + (frame + i) * 4096);
        }
      }
      if (runs.length > 0) assert.deepEqual([segment, done], [table.segments - 1, table.bytes[segment]]);
    }),
  );
}

function softRing(): fc.IRawProperty<unknown> {
  const buffer = new SharedArrayBuffer(Ring.bytes);
  return anyProperty(
    fc.property(
      fc.integer(),
      fc.uniqueArray(fc.nat(RING_CAPACITY - 1), { maxLength: 64 }),
      (first, order) => {
        const [client, thread] = [new Ring(buffer), new Ring(buffer)];
        // The counters wrap: from any number on, both sides mean the same place.
        for (const [i, cookie] of order.entries()) client.setCookieAt((first + i) | 0, cookie);
        for (const [i, cookie] of order.entries()) assert.equal(thread.cookieAt((first + i) | 0), cookie);
      },
    ),
  );
}

export const DESCRIPTOR_TARGETS: readonly FuzzTarget[] = [
  target('a DMA descriptor', 300, codec()),
  target('a completion record', 300, completions()),
  target('the descriptors of a channel', 200, cookies()),
  target('a scatter-gather table', 100, scatterGather()),
  target('the queue of a soft channel', 100, softRing()),
];
