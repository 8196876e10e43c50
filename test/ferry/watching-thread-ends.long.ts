import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampled } from '../deep.js';
import { LIMIT } from './support/fixture.js';
import { dieWatching, WATCH_PHASES } from './support/thread-death.js';
import { WATCH_SOURCES } from './support/watching.js';

for (const source of WATCH_SOURCES) {
  const phases = WATCH_PHASES.filter(([of]) => of === source);
  for (const [, call, when, nth] of sampled(phases, 6)) {
    test(
      `${source}: the migration thread ends ${when} ${call}: nothing is lost, the ferry closes`,
      LIMIT,
      async () => {
        const death = await dieWatching({ call, when, nth, how: 'exit' }, source);
        assert.match(death.message, /the thread exited with code 3/);
        assert.match(death.message, /Every page is in place/);
      },
    );
  }
}

for (const [, call, when, nth] of sampled(
  // While units are out, each time.
  WATCH_PHASES.filter(([of, call, when]) => of === 'hint' && (call !== 'end' || when === 'before')),
  6,
)) {
  test(
    `hint: the migration thread throws ${when} ${call}: nothing is lost, the ferry closes`,
    LIMIT,
    async () => {
      const death = await dieWatching({ call, when, nth, how: 'throw' }, 'hint');
      assert.match(death.message, new RegExp(`made to fail ${when} ${call}`));
    },
  );
}
