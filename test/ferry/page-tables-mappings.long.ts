import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Region } from '../../src/index.js';
import { amount } from '../deep.js';
import { runScript } from './support/child.js';
import { assertContent, fill } from './support/content.js';
import { HUGE, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { countMappings } from './support/mappings.js';
import { PageTables } from './support/pages.js';

const SIZES = [amount(64, 256) * MIB, amount(32, 64) * MIB];
const NODES = 2;
/** For the long run: PAGEFERRY_MIGRATIONS=10000. */
const { PAGEFERRY_MIGRATIONS = `${amount(100, 1000)}` } = process.env;
const MIGRATIONS = Number(PAGEFERRY_MIGRATIONS);
const SEED = 20261127;
/** Stacks of the ferry's threads, and what V8 maps meanwhile. */
const OTHERS = 16;

/** docs/memory.md, "Mappings": 4 for each span, 8 for each 256 MiB of it on each node. */
function bound(bytes: number): number {
  return 4 + NODES * 8 * Math.ceil(bytes / (256 * MIB));
}

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Migrates a random piece: whole page tables, or any pages. */
async function migratePiece(region: Region, random: (below: number) => number): Promise<void> {
  const unit = random(2) === 0 ? HUGE : PAGE;
  const length = unit * (1 + random((6 * MIB) / unit));
  const offset = Math.floor(random(region.bytes - length) / unit) * unit;
  const copyMode = random(2) === 0 ? 'exclusive' : 'write-protected';
  const { foliosFailed } = await region.migrate({ to: random(NODES), offset, length, copyMode });
  assert.equal(foliosFailed, 0);
}

test(`${MIGRATIONS} random migrations leave no more mappings than stated`, {
  timeout: 900_000,
}, async (t) => {
  const random = randomFrom(SEED);
  const buffers = SIZES.map((bytes) => new SharedArrayBuffer(bytes));
  for (const [seed, buffer] of buffers.entries()) fill(buffer, seed);
  await withFerry({}, async (ferry) => {
    const tables = new PageTables();
    const ranges = buffers.map((buffer) => [tables.addressOf(buffer), buffer.byteLength] as const);
    tables.close();
    const before = countMappings(ranges);
    const limit = before + OTHERS + SIZES.reduce((sum, bytes) => sum + bound(bytes), 0);
    const regions = buffers.map((buffer) => ferry.adopt(buffer));
    let max = 0;
    for (let i = 0; i < MIGRATIONS; i++) {
      await migratePiece(regions[i % 4 === 3 ? 1 : 0]!, random);
      max = Math.max(max, countMappings(ranges));
      assert.ok(max <= limit, `${max} mappings after ${i + 1} migrations, ${before} before, ${limit} stated`);
    }
    t.diagnostic(`${before} mappings before, ${max} at most, ${limit} stated`);
    assert.ok(ferry.stats().tables_moved > MIGRATIONS / 4);
    for (const [seed, buffer] of buffers.entries()) assertContent(buffer, seed);
    await Promise.all(regions.map((region) => region.release()));
    const after = countMappings(ranges);
    assert.ok(after <= before + OTHERS, `${after} mappings after release, ${before} before`);
  });
});

for (const obstacle of ['mappings', 'address-space', 'data']) {
  test(`migrates page by page where a shadow is not to be had: ${obstacle}`, LIMIT, async () => {
    const { code, signal, output } = await runScript('page-tables-limited', obstacle);
    assert.deepEqual({ code, signal, output: output.trim() }, { code: 0, signal: null, output: 'singly' });
  });
}
