import { test } from 'node:test';
import { amount } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { provokeHiddenMoves } from './support/hidden-moves.js';

/** `npm run eexist` goes on for as long as it takes. */
const WANTED = 10;
const MOST_MIGRATIONS = 20_000;
const MOST_MS = amount(2000, 8000);

test(
  'a move that the kernel denies is found in the page tables, and who waits there is woken',
  LIMIT,
  async (t) => {
    const started = performance.now();
    const { seen, migrations } = await provokeHiddenMoves(
      WANTED,
      (done) => done < MOST_MIGRATIONS && performance.now() - started < MOST_MS,
    );
    t.diagnostic(`${seen} hidden moves in ${migrations} migrations`);
    if (seen === 0) t.skip(`the kernel hid no move in ${migrations} migrations`);
  },
);
