import assert from 'node:assert/strict';
import { type Ferry, type MigrateResult, MigrationError, openFerry, type Region } from 'pageferry';
import { type Dashboard, serveDashboard } from 'pageferry/dashboard';
import { type OwnMigrator, testMigrator } from 'pageferry/migrator';
import { type ParameterServer, serveParameters } from 'pageferry/parameters';
import profile from 'pageferry/profiles/zen3-ptdma.json' with { type: 'json' };
import type { HardwareProfile } from 'pageferry/sim';
import { type AdoptedMemories, adoptInstance, adoptMemories } from 'pageferry/wasm';
import { simulate } from './simulate.js';

const typed: HardwareProfile = profile;
const none: OwnMigrator | undefined = undefined;
const ferry: Ferry = await openFerry({ poolBytes: 2 ** 24 });
const region: Region<SharedArrayBuffer> = ferry.allocate(2 ** 23);
for (const buffer of region.buffers) new Uint8Array(buffer).fill(7);
const result: MigrateResult = await region.migrate({ to: 1, onProgress: ({ bytesMoved }) => bytesMoved });
await assert.rejects(region.migrate({ to: 99 }), (error) => error instanceof MigrationError);
const dashboard: Dashboard = await serveDashboard(ferry, { port: 0 });
assert.equal((await fetch(dashboard.url)).status, 200);
const parameters: ParameterServer = await serveParameters(ferry, `parameters-${process.pid}`);
await parameters.close();
const memories: AdoptedMemories = adoptMemories(ferry, { minBytes: 2 ** 20 });
const made = new SharedArrayBuffer(2 ** 20);
assert.deepEqual([memories.adopted.count, made.byteLength], [1, 2 ** 20]);
memories.stop();
const exported: readonly Region[] = adoptInstance(ferry, {
  exports: { memory: new SharedArrayBuffer(2 ** 20) },
});
assert.equal(exported[0]?.bytes, 2 ** 20);
await ferry.close();
assert.equal(result.bytesMoved, region.migratableBytes);
assert.equal(typed.name, 'zen3-ptdma');
assert.ok(simulate() > 1);
assert.equal(none, undefined);
assert.equal(typeof testMigrator, 'function');
console.log(`TypeScript: ${result.foliosMoved} folios moved, ${simulate().toFixed(1)} GB/s simulated`);
