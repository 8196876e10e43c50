import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serveDashboard } from '../../src/dashboard.js';
import { serveParameters } from '../../src/parameters.js';
import { LIMIT, withFerry } from './support/fixture.js';
import { PAGEFERRY, tune } from './support/parameters.js';

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
