import { test } from 'node:test';
import { sampled } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { dieUnderLoad, PROTECTED_PHASES } from './support/thread-death.js';

for (const [call, when] of sampled(PROTECTED_PHASES, 3)) {
  test(`write-protected: the migration thread throws ${when} ${call}: nothing is lost`, LIMIT, async () => {
    await dieUnderLoad({ call, when, nth: 3, how: 'throw' }, { copyMode: 'write-protected' });
  });
}
