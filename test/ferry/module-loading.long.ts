import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, loadFixture } from './support/module-fixture.js';
import {
  aModule,
  IS_NO_URL_CASES,
  isNoUrl,
  refuses,
  THROWS_WHEN_READ_CASES,
  throwsWhenRead,
} from './support/module-loading-scenes.js';

isNoUrl(IS_NO_URL_CASES.slice(1));

test('what is no URL at all is refused', () =>
  refuses(aModule('EINVAL', /must be a URL, not undefined/), { module: undefined as unknown as string }));

throwsWhenRead(THROWS_WHEN_READ_CASES.slice(1));

test('a module that does not come to the end of its top level', () =>
  refuses(aModule('ETIMEDOUT', /loading timed out after 300 ms/), {
    module: fixture('never-loads'),
    loadTimeoutMs: 300,
  }));

test('a module that takes its time is waited for', async (t) => {
  const { migrator } = await loadFixture(t, 'slow-import');
  assert.equal(migrator.name, 'good');
});
