import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampled } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { dieUnderLoad, PHASES } from './support/thread-death.js';

for (const [call, when] of sampled(PHASES, 3)) {
  test(
    `the migration thread throws ${when} ${call}: nothing is lost, the ferry says why`,
    LIMIT,
    async () => {
      const death = await dieUnderLoad({ call, when, nth: 3, how: 'throw' });
      assert.match(death.message, new RegExp(`Error: made to fail ${when} ${call}`));
      assert.match(death.message, /Every page is in place/);
    },
  );
}
