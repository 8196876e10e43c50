import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { ModuleMigrator, type ModuleMigratorOptions } from '../../src/own-migrators/host.js';
import { fixture, loadFixture } from './support/module-fixture.js';

/** Loads what cannot be loaded, and checks that the error says so. */
async function refuses(
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

const aModule = (code: string, message: RegExp) => ({ code, argument: 'migrator.module', message });

for (const module of ['./relative.mjs', '/tmp/path.mjs', 'https://example.org/a.mjs', '', 'node:fs']) {
  test(`'${module}' is no URL of a module`, () =>
    refuses(aModule('EINVAL', /must be a file: or data: URL/), { module }));
}

test('what is no URL at all is refused', () =>
  refuses(aModule('EINVAL', /must be a URL, not undefined/), { module: undefined as unknown as string }));

test('a module that is not there', () =>
  refuses(aModule('ENOENT', /absent\.mjs: cannot import the module: Cannot find module/), {
    module: fixture('absent'),
  }));

test('a module that does not parse', () =>
  refuses(aModule('EINVAL', /cannot import the module/), {
    module: 'data:text/javascript,export const = 1',
  }));

test('a module whose top level throws', () =>
  refuses(aModule('EINVAL', /cannot import the module: at once/), {
    module: `data:text/javascript,${encodeURIComponent("throw new Error('at once')")}`,
  }));

const GETTERS = {
  name: "{ get name() { throw new Error('not yet') }, offloadCopy: () => 0 }",
  offloadCopy: "{ name: 'm', get offloadCopy() { throw new Error('not yet') } }",
  anything: "new Proxy({}, { get() { throw new Error('not yet') } })",
};

for (const [what, migrator] of Object.entries(GETTERS)) {
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

test('a module without createMigrator', async () => {
  await refuses(aModule('EINVAL', /does not export a function createMigrator/), {
    module: 'data:text/javascript,export const a = 1',
  });
  await refuses(aModule('EINVAL', /does not export a function createMigrator/), {
    module: fixture('no-function'),
  });
});

for (const [how, message] of [
  ['throws', /createMigrator failed: no such device/],
  ['rejects', /createMigrator failed: no such device, later/],
  ['pending', /its thread exited/],
  ['exits', /its thread exited/],
  ['nothing', /without a name/],
  ['nameless', /without a name/],
  ['emptyName', /without a name/],
  ['copyless', /without an offloadCopy function/],
] as const) {
  test(`a createMigrator that gives no migrator (${how})`, () =>
    refuses(aModule('EINVAL', message), { module: fixture('refused'), options: { how } }));
}

test('options that cannot be passed to a thread', () =>
  refuses(
    { code: 'EINVAL', argument: 'migrator.options', message: /cannot be passed to another thread/ },
    { options: { callback: () => 1 } },
  ));

test('a module that does not come to the end of its top level', () =>
  refuses(aModule('ETIMEDOUT', /loading timed out after 300 ms/), {
    module: fixture('never-loads'),
    loadTimeoutMs: 300,
  }));

test('a module that takes its time is waited for', async (t) => {
  const { migrator } = await loadFixture(t, 'slow-import');
  assert.equal(migrator.name, 'good');
});
