import { test } from 'node:test';
import { amount } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { provokeHiddenMoves } from './support/hidden-moves.js';

/**
 * `linux/userfaultfd-hidden` tests denied moves for certain. Here the kernel may deny none within the limits; `npm run eexist`
 * continues until it has.
 */
const WANTED = 10;
const MAX_MIGRATIONS = 20_000;
const MAX_MS = amount(2000, 8000);

test(
  'nothing is lost and no thread waits forever while pages are reclaimed in mid-migration, whether the kernel denies moves or not',
  LIMIT,
  async (t) => {
    const started = performance.now();
    const { seen, migrations } = await provokeHiddenMoves(
      WANTED,
      (done) => done < MAX_MIGRATIONS && performance.now() - started < MAX_MS,
    );
    t.diagnostic(`${seen} hidden moves in ${migrations} migrations`);
  },
);
