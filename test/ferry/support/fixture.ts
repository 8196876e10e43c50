import './watchdog.js';
import assert from 'node:assert/strict';
import {
  type Ferry,
  type FerryOptions,
  type MigrateResult,
  MigrationError,
  openFerry,
  type Region,
} from '../../../src/index.js';

export const MIB: number = 1024 * 1024;
export const PAGE = 4096;
export const HUGE: number = 2 * MIB;

const { PAGEFERRY_WATCHDOG_MS = '0' } = process.env;

/** For `test(name, LIMIT, …)`: the runner's own, beside the watchdog. An emulated machine asks for more time. */
export const LIMIT: { readonly timeout: number } = {
  timeout: Math.max(180_000, Number(PAGEFERRY_WATCHDOG_MS)),
};

/** Runs `use` with a ferry, and closes it whatever happens. */
export async function withFerry(
  options: FerryOptions,
  use: (ferry: Ferry) => void | Promise<void>,
): Promise<void> {
  const ferry = await openFerry(options);
  try {
    await use(ferry);
  } finally {
    await ferry.close();
  }
}

/** Lets the event loop turn until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Resolves when the ferry has done a batch more than `since`: what was counted before the migration was asked for, where
 * it may be over before this is called.
 */
export async function nextBatch(ferry: Ferry, since: number): Promise<void> {
  await until(() => ferry.stats().batches > since);
}

/** For `assert.throws` and `assert.rejects`: a MigrationError with this code that names this argument. */
export function refusal(code: string, argument?: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof MigrationError, `not a MigrationError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.equal(error.argument, argument, error.message);
    assert.ok(error.errno < 0);
    if (argument !== undefined) assert.ok(error.message.includes(argument.split('.').at(-1)!), error.message);
    return true;
  };
}

/** Asserts that everything that was there has moved. */
export function assertAllMoved(region: Region, result: MigrateResult): void {
  assert.deepEqual(result.failures, []);
  assert.equal(result.foliosFailed, 0);
  assert.equal(result.foliosAbsent, 0);
  assert.equal(result.code, null);
  assert.equal(result.bytesMoved, region.migratableBytes);
}

/** Offsets of all migratable pages. */
export function pageOffsets(region: Region): number[] {
  return region.migratable.flatMap(({ offset, length }) =>
    Array.from({ length: length / PAGE }, (_, i) => offset + i * PAGE),
  );
}

/** move_pages status of every migratable page: where it is, or -ENOENT. */
export async function whereAll(region: Region): Promise<number[]> {
  return [...(await region.movePages(pageOffsets(region), null))];
}

/** How often each value occurs. */
export function tally(values: Iterable<number>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
