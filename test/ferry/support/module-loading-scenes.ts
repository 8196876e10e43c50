import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../../src/common/migration-error.js';
import { ModuleMigrator, type ModuleMigratorOptions } from '../../../src/own-migrators/host.js';
import { fixture } from './module-fixture.js';

/** Loads what cannot be loaded, and checks that the error says so. */
export async function refuses(
  expected: { code: string; argument: string; message: RegExp },
  options: Partial<ModuleMigratorOptions>,
): Promise<void> {
  const load = ModuleMigrator.load({
    module: fixture('good'),
    capacity: 1,
    frameBase: 0,
    timeoutMs: () => 1000,
    ...options,
  });
  await assert.rejects(load, (error) => {
    assert.ok(error instanceof MigrationError, String(error));
    const { code, argument, operation, message } = error;
    assert.equal(code, expected.code);
    assert.equal(argument, expected.argument);
    assert.equal(operation, 'registerMigrator');
    assert.match(message, expected.message);
    return true;
  });
}

export const aModule = (code: string, message: RegExp) => ({ code, argument: 'migrator.module', message });

export const IS_NO_URL_CASES = [
  './relative.mjs',
  '/tmp/path.mjs',
  'https://example.org/a.mjs',
  '',
  'node:fs',
];

export function isNoUrl(cases: readonly (typeof IS_NO_URL_CASES)[number][]): void {
  for (const module of cases) {
    test(`'${module}' is no URL of a module`, () =>
      refuses(aModule('EINVAL', /must be a file: or data: URL/), { module }));
  }
}

const GETTERS = {
  name: "{ get name() { throw new Error('not yet') }, offloadCopy: () => 0 }",
  offloadCopy: "{ name: 'm', get offloadCopy() { throw new Error('not yet') } }",
  anything: "new Proxy({}, { get() { throw new Error('not yet') } })",
};

export const THROWS_WHEN_READ_CASES = Object.entries(GETTERS);

export function throwsWhenRead(cases: readonly (typeof THROWS_WHEN_READ_CASES)[number][]): void {
  for (const [what, migrator] of cases) {
    test(`a migrator that throws when its ${what} is read`, () =>
      refuses(
        aModule(
          'EINVAL',
          /^registerMigrator: EINVAL: .*: (cannot read the migrator|createMigrator failed): not yet/s,
        ),
        {
          module: `data:text/javascript,${encodeURIComponent(`export const createMigrator = () => (${migrator})`)}`,
        },
      ));
  }
}
