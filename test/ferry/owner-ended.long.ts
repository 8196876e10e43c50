import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { amount, sampled } from '../deep.js';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, LIMIT, MIB, withFerry } from './support/fixture.js';

const ROUNDS = amount(1, 4);
const MIGRATORS = [null, { name: 'mtcopy', threads: 2 }, { name: 'dcbm', channels: 2 }] as const;

for (const [migrator, tables] of sampled(
  MIGRATORS.flatMap((each) => [[each, false] as const, [each, true] as const]),
  3,
)) {
  const what = `${migrator?.name ?? 'no migrator'}${tables ? ', page tables' : ''}`;
  test(`a worker that owns a ferry (${what}) is ended in mid-migration, again and again`, {
    ...LIMIT,
  }, async () => {
    const memory = new SharedArrayBuffer(16 * MIB);
    fillCounters(memory);
    const crew = await Crew.start(memory, [{ kind: 'write' }, { kind: 'read' }]);
    for (let round = 0; round < ROUNDS; round++) {
      const url = new URL('./support/scripts/ferry-in-worker.js', import.meta.url);
      const owner = new Worker(url, { workerData: { memory, migrator, tables } });
      const [moved] = (await once(owner, 'message')) as [number];
      if (tables) assert.ok(moved > 0, 'no page table has moved');
      // At another moment each time.
      for (let turns = 0; turns < round * 7; turns++) await new Promise((resolve) => setImmediate(resolve));
      await owner.terminate();
      await crew.allGoOn();
    }
    await withFerry({}, async (ferry) => {
      const region = ferry.adopt(memory);
      for (const to of [1, 0]) assertAllMoved(region, await region.migrate({ to }));
    });
    const [added] = await crew.stop();
    assert.equal(countersAdded(memory), added);
  });
}
