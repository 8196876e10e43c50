import { test } from 'node:test';
import { fixture } from './support/module-fixture.js';
import {
  aModule,
  IS_NO_URL_CASES,
  isNoUrl,
  refuses,
  THROWS_WHEN_READ_CASES,
  throwsWhenRead,
} from './support/module-loading-scenes.js';

isNoUrl(IS_NO_URL_CASES.slice(0, 1));

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

throwsWhenRead(THROWS_WHEN_READ_CASES.slice(0, 1));

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
