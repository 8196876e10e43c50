import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { grows } from './leak-verdict.js';
import { MappingLedger } from './mapping-ledger.js';

const LEAKS = fileURLToPath(new URL('./leaks.js', import.meta.url));

// Only figures that nothing but pageferry moves. `npm run leaks` judges heaps and all anonymous memory as well.
function leaks(...options: string[]): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) => {
    const all = [LEAKS, '--exact', '--bytes', '65536', '--ferries', '1', ...options];
    execFile(process.execPath, all, { timeout: 230_000 }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, output: out + err }),
    );
  });
}

test('ranges, their pages, threads and descriptors stay flat over migrations and over ferries', {
  timeout: 240_000,
}, async () => {
  const { code, output } = await leaks('--migrations', '50', '--warm-up', '50', '--parts', '3');
  assert.equal(code, 0, output);
  assert.equal(output.match(/^flat/gm)?.length, 2, output);
});

test('a page a migration, a mapping and a descriptor a ferry are found, when they leak', {
  timeout: 240_000,
}, async () => {
  const { code, output } = await leaks('--leak', '--migrations', '10', '--warm-up', '50', '--parts', '2');
  assert.equal(code, 1, output);
  const [migrations, ferries] = output.split(/^GROWN: ferries/m);
  assert.match(migrations!, /^GROWN: migrations[\s\S]*^ {2}pages: /m);
  assert.doesNotMatch(migrations!, /^ {2}(ranges|rangeBytes|threads|descriptors): /m);
  for (const name of ['ranges', 'rangeBytes', 'descriptors'])
    assert.match(ferries!, new RegExp(`^  ${name}: `, 'm'));
});

test('a figure grows when it rises with each part of the work, and not in one or up and down', () => {
  assert.equal(grows([0, 1, 2, 3], 0), true);
  assert.equal(grows([10, 20, 31, 39, 50], 5), true);
  assert.equal(grows([10, 20, 5, 40, 50, 60], 5), true, 'it falls once');
  assert.equal(grows([10, 20, 31, 39, 50], 11), false);
  assert.equal(grows([0, 0, 100, 100, 100, 100], 5), false, 'it has risen once');
  assert.equal(grows([0, 20, 0, 20, 0, 20], 5), false, 'up and down');
  assert.equal(grows([5, 5, 5], 0), false);
  assert.throws(() => grows([1, 2], 0), RangeError);
});

test('the ledger knows what is mapped, after parts of it were unmapped', () => {
  const ledger = new MappingLedger();
  ledger.mapped(0x1000, 0x4000);
  ledger.mapped(0x9000, 0x1000);
  ledger.unmapped(0x2000, 0x1000);
  assert.deepEqual(ledger.ranges(), [
    { start: 0x1000, end: 0x2000 },
    { start: 0x3000, end: 0x5000 },
    { start: 0x9000, end: 0xa000 },
  ]);
  ledger.unmapped(0, 0xa000);
  new MappingLedger(ledger.buffer).mapped(0x2000, 0x1000);
  assert.deepEqual(ledger.ranges(), [{ start: 0x2000, end: 0x3000 }]);
});
