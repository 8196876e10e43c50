import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serveDashboard } from '../../src/dashboard.js';
import { openFerry } from '../../src/index.js';
import { serveParameters } from '../../src/parameters.js';
import { assertContent, fill } from './support/content.js';
import { LIMIT, MIB, withFerry } from './support/fixture.js';
import { PAGEFERRY, tune } from './support/parameters.js';

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

test('a watch of a parameter', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const told: string[] = [];
    const watch = ferry.parameters.watch(`${PAGEFERRY}/max_failures`, (_, value) => void told.push(value));
    await tune(ferry, { max_failures: 5 });
    watch[Symbol.dispose]();
    await tune(ferry, { max_failures: 6 });
    watch[Symbol.dispose]();
    assert.deepEqual(told, ['5']);
  });
});

test('the servers', LIMIT, async () => {
  await withFerry({}, async (ferry) => {
    const path = join(tmpdir(), `pageferry-dispose-${process.pid}`);
    rmSync(path, { force: true });
    const parameters = await serveParameters(ferry, path);
    await parameters[Symbol.asyncDispose]();
    // Its path is free again.
    await (await serveParameters(ferry, path))[Symbol.asyncDispose]();
    const dashboard = await serveDashboard(ferry, { port: 0 });
    const { port } = new URL(dashboard.url);
    await dashboard[Symbol.asyncDispose]();
    await (await serveDashboard(ferry, { port: Number(port) }))[Symbol.asyncDispose]();
  });
});
