import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampled } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { tablePhases } from './support/table-phases.js';
import { dieMovingTables } from './support/thread-death.js';

for (const copyMode of ['exclusive', 'write-protected'] as const) {
  for (const [call, when, nth] of sampled(tablePhases(copyMode), 2)) {
    test(
      `${copyMode}: the migration thread throws ${when} ${call}, mremap ${nth}: nothing is lost`,
      LIMIT,
      async () => {
        const death = await dieMovingTables({ call, when, nth, how: 'throw' }, copyMode);
        assert.match(death.message, new RegExp(`Error: made to fail ${when} ${call}`));
        assert.match(death.message, /Every page is in place/);
      },
    );
  }
}
