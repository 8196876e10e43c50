import { test } from 'node:test';
import { sampled } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { dieUnderLoad, PROTECTED_PHASES } from './support/thread-death.js';

for (const [call, when] of sampled(PROTECTED_PHASES, 3)) {
  test(`write-protected: the migration thread ends ${when} ${call}: nothing is lost`, LIMIT, async () => {
    await dieUnderLoad({ call, when, nth: 3, how: 'exit' }, { copyMode: 'write-protected' });
  });
}

for (const migrator of [
  { name: 'mtcopy', threads: 2 },
  { name: 'dcbm', channels: 2 },
] as const) {
  test(
    `write-protected: it ends while ${migrator.name} copies from the program's own pages`,
    LIMIT,
    async () => {
      await dieUnderLoad(
        { call: 'protect', when: 'after', nth: 6, how: 'exit' },
        { migrator, copyMode: 'write-protected' },
      );
    },
  );
}
