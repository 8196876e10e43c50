/** For the machine of test/numa/machines/arm64-16k.sh: a kernel whose base pages have 16 KiB is refused, and nothing else goes wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { openFerry } from '../../src/index.js';
import { runCli } from '../cli/run-cli.js';

const REFUSED = /base pages of 16384 bytes are not supported/;

test('openFerry rejects with ENOSYS, and says what would be right', async () => {
  await assert.rejects(openFerry(), (error) => {
    assert.ok(error instanceof MigrationError);
    assert.equal(error.code, 'ENOSYS');
    assert.match(error.message, REFUSED);
    assert.match(error.advice ?? '', /4K pages/);
    return true;
  });
});

test('doctor names the base pages, and nothing else', () => {
  const { status, stdout } = runCli(['doctor', '--json']);
  const { canMigrate, checks } = JSON.parse(stdout);
  assert.deepEqual([status, canMigrate], [3, false]);
  const missing = checks.filter((check: { status: string }) => check.status === 'missing');
  assert.deepEqual(
    missing.map(({ id }: { id: string }) => id),
    ['base pages'],
  );
  assert.match(missing[0].why, REFUSED);
});

for (const args of [
  ['demo', '--bytes', '1M'],
  ['bench', 'move', '--bytes', '4M'],
]) {
  test(`${args[0]} says so and exits with 3`, () => {
    const { status, stderr } = runCli(args);
    assert.equal(status, 3);
    assert.match(stderr, REFUSED);
  });
}

test('what needs no real memory works', () => {
  const { status, stdout } = runCli(['sim', 'batch', '--count', '1', '--json']);
  assert.equal(status, 0);
  assert.ok(JSON.parse(stdout));
});
