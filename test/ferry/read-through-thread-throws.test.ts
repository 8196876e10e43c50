import { test } from 'node:test';
import { sampled } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { dieUnderLoad, GUARDED_PHASES } from './support/thread-death.js';

for (const [call, when] of sampled(GUARDED_PHASES, 3)) {
  test(`read-through: the migration thread throws ${when} ${call}: nothing is lost`, LIMIT, async () => {
    await dieUnderLoad({ call, when, nth: 3, how: 'throw' }, { concurrency: 'read-through' });
  });
}
