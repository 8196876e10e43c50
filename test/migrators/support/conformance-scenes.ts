import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { migratorChecks } from '../../../src/migrator.js';
import { CpuMigrator } from '../../../src/migrators/cpu.js';
import { ErrorMigrator } from '../../../src/migrators/error/error.js';
import type { Migrator } from '../../../src/offload/migrator.js';
import { StartingMigrator } from '../starting-migrator.js';

export const OURS: readonly (readonly [name: string, make: () => Migrator])[] = [
  ['cpu', () => new CpuMigrator()],
  ['error, with nothing injected', () => new ErrorMigrator(new CpuMigrator(), {}, { timeoutMs: () => 0 })],
  ['one that copies in two halves', () => new StartingMigrator()],
  [
    'error around one that copies in two halves',
    () => new ErrorMigrator(new StartingMigrator(), {}, { timeoutMs: () => 0 }),
  ],
];

export function keepsContract(cases: readonly (typeof OURS)[number][]): void {
  for (const [name, make] of cases) {
    describe(`${name} keeps the contract of a migrator`, () => {
      for (const check of migratorChecks(make)) {
        test(check.name, async () => {
          assert.equal(await check.run(), 'passed');
        });
      }
    });
  }
}
