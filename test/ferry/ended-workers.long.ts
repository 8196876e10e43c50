import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { amount } from '../deep.js';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { ENDING_COUNT, ENDING_EXITS, type EndingTask } from './support/ending-task.js';
import { assertAllMoved, LIMIT, MIB, nextBatch, withFerry } from './support/fixture.js';
import { FOLIO_SIZES } from './support/live.js';
import { PAGE_TABLES } from './support/tables.js';

const ROUNDS = amount(2, 6);

for (const how of ['worker.terminate()', 'process.exit() in the worker'] as const) {
  for (const folioSize of FOLIO_SIZES) {
    test(`a writing worker ends by ${how} in mid-migration, folios of ${folioSize}`, LIMIT, async () => {
      // All of it is out most of the time, so that the workers are mostly asleep in a fault.
      await withFerry({ batchBytes: 32 * 2 ** 20 }, async (ferry) => {
        const memory = new SharedArrayBuffer(16 * MIB);
        // Also when something of this process has a descriptor that might pin pages: nothing here does.
        await ferry.parameters.set(PAGE_TABLES, 'always');
        fillCounters(memory);
        const region = ferry.adopt(memory, { folioSize });
        const crew = await Crew.start(memory, [{ kind: 'read' }]);
        let min = 0;
        try {
          for (let round = 1; round <= ROUNDS; round++) {
            const control = new SharedArrayBuffer(64);
            const workerData: EndingTask = { memory, control, seed: round };
            const worker = new Worker(new URL('./support/ending-worker.js', import.meta.url), { workerData });
            await once(worker, 'message');
            const exit = once(worker, 'exit');
            const { batches } = ferry.stats();
            const moving = Array.from({ length: 4 }, (_, i) => region.migrate({ to: (i + 1) % 2 }));
            await nextBatch(ferry, batches);
            if (how === 'worker.terminate()') await worker.terminate();
            else Atomics.store(new Int32Array(control), ENDING_EXITS, 1);
            const [code] = await exit;
            assert.equal(code, how === 'worker.terminate()' ? 1 : 7);
            for (const result of await Promise.all(moving)) assertAllMoved(region, result);
            min += Atomics.load(new Int32Array(control), ENDING_COUNT);
          }
          await crew.allGoOn();
        } finally {
          await crew.stop();
        }
        // Whoever waited for a page waited for its page table, too, unless it was a huge page.
        assert.equal(ferry.stats().tables_moved > 0, folioSize < 2 * MIB);
        // A worker that was ended may have been between an addition and its count.
        const added = countersAdded(memory);
        const max = min + (how === 'worker.terminate()' ? ROUNDS : 0);
        assert.ok(added >= min && added <= max, `${added} additions found, ${min} to ${max} made`);
        assert.ok(min > 0);
      });
    });
  }
}
