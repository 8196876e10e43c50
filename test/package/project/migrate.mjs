import assert from 'node:assert/strict';
import { openFerry } from 'pageferry';

const memory = new SharedArrayBuffer(2 ** 23);
const bytes = new Uint8Array(memory).fill(7);
const ferry = await openFerry();
await ferry.registerMigrator({ name: 'dcbm', channels: 2 });
const { foliosMoved, foliosFailed } = await ferry.adopt(memory).migrate({ to: ferry.nodeIds[1] });
await ferry.close();
assert.ok(foliosMoved >= 2047);
assert.equal(foliosFailed, 0);
assert.ok(bytes.every((byte) => byte === 7));
console.log(`ESM: ${foliosMoved} folios moved`);
