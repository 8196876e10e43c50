const assert = require('node:assert/strict');
const { openFerry } = require('pageferry');
const { runMove } = require('pageferry/sim');
const { testMigrator } = require('pageferry/migrator');
const profile = require('pageferry/profiles/zen3-ptdma.json');

async function main() {
  const memory = new SharedArrayBuffer(2 ** 23);
  const bytes = new Uint8Array(memory).fill(7);
  const ferry = await openFerry();
  const { foliosMoved, foliosFailed } = await ferry.adopt(memory).migrate({ to: ferry.nodeIds[1] });
  await ferry.close();
  assert.ok(foliosMoved >= 2047);
  assert.equal(foliosFailed, 0);
  assert.ok(bytes.every((byte) => byte === 7));
  assert.equal(typeof runMove, 'function');
  assert.equal(typeof testMigrator, 'function');
  assert.equal(profile.name, 'zen3-ptdma');
  console.log(`CommonJS with Node ${process.version}: ${foliosMoved} folios moved`);
}

main();
