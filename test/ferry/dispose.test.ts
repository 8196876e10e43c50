import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFerry } from '../../src/index.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';

// What `using` and `await using` call, in the words of a Node that has no such syntax.

test('a ferry and a region', LIMIT, async () => {
  const ferry = await openFerry();
  const buffer = new SharedArrayBuffer(4 * MIB);
  fill(buffer);
  const region = ferry.adopt(buffer);
  await region[Symbol.asyncDispose]();
  assert.equal(region.released, true);
  await region[Symbol.asyncDispose]();
  const again = ferry.adopt(buffer);
  await ferry[Symbol.asyncDispose]();
  assert.equal(again.released, true);
  assert.throws(() => ferry.adopt(buffer), { code: 'EBADF' });
  await ferry[Symbol.asyncDispose]();
  assertContent(buffer);
});

test('a trace, and a reader of events', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const trace = ferry.trace();
    const reader = ferry.events();
    const region = ferry.allocate(4 * MIB);
    fill(region.buffer);
    await region.migrate({ to: 1 });
    trace[Symbol.dispose]();
    trace[Symbol.dispose]();
    const { kept } = trace;
    assert.ok(kept > 0);
    await region.migrate({ to: 0 });
    assert.equal(trace.kept, kept, 'the trace has ended');
    assert.ok(trace.stop().traceEvents.length > 0, 'what was recorded can still be had');
    const { head } = reader;
    reader[Symbol.dispose]();
    reader[Symbol.dispose]();
    await region.migrate({ to: 1 });
    assert.equal(reader.head, head, 'nothing is recorded any more');
  });
});
