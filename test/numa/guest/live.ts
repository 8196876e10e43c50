import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countersAdded, fillCounters } from '../../ferry/support/content.js';
import { Crew } from '../../ferry/support/crew.js';
import { assertAllMoved, HUGE, MIB, PAGE, withFerry } from '../../ferry/support/fixture.js';
import { tune } from '../../ferry/support/parameters.js';
import { assertAllOn, tables, touchedOn } from '../support/kernel.js';
import { MIGRATORS } from '../support/migrators.js';

for (const folioSize of [PAGE, HUGE]) {
  for (const [name, option] of MIGRATORS) {
    test(`nothing is lost between two nodes under two writers, folios of ${folioSize}, ${name}`, async (t) => {
      await withFerry({}, async (ferry) => {
        await tune(ferry, { max_failures: 1_000_000 });
        if (option !== undefined) await ferry.registerMigrator(option);
        const buffer = new SharedArrayBuffer(8 * MIB);
        const region = ferry.adopt(buffer, { folioSize });
        touchedOn(buffer, 0, () => fillCounters(buffer));
        if (folioSize === HUGE) assert.ok(tables.hugeBytes(buffer) >= 6 * MIB);
        const crew = await Crew.start(buffer, [{ kind: 'write' }, { kind: 'write' }]);
        t.after(() => crew.stop());
        for (const [to, copyMode] of [
          [1, 'exclusive'],
          [0, 'write-protected'],
          [1, 'write-protected'],
        ] as const) {
          assertAllMoved(region, await region.migrate({ to, copyMode }));
          // While the writers go on.
          assertAllOn(region, to);
          await crew.allGoOn();
        }
        const made = (await crew.stop()).reduce((sum, additions) => sum + additions, 0);
        assert.ok(made > 0);
        assert.equal(countersAdded(buffer), made);
      });
    });
  }
}
