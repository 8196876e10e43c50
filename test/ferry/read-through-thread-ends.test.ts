import { test } from 'node:test';
import { sampled } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { dieUnderLoad, GUARDED_PHASES } from './support/thread-death.js';

for (const [call, when] of sampled(GUARDED_PHASES, 3)) {
  test(`read-through: the migration thread ends ${when} ${call}: nothing is lost`, LIMIT, async () => {
    await dieUnderLoad({ call, when, nth: 3, how: 'exit' }, { concurrency: 'read-through' });
  });
}

for (const migrator of [
  { name: 'mtcopy', threads: 2 },
  { name: 'dcbm', channels: 2 },
] as const) {
  test(
    `read-through: it ends while ${migrator.name} copies from the program's own pages`,
    LIMIT,
    async () => {
      await dieUnderLoad(
        { call: 'guard', when: 'after', nth: 6, how: 'exit' },
        { migrator, concurrency: 'read-through' },
      );
    },
  );
}
