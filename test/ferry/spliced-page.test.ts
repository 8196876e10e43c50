import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countersAdded, fillCounters } from './support/content.js';
import { Crew } from './support/crew.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { PageTables } from './support/pages.js';
import { SplicedPage } from './support/spliced-page.js';

test('a page in a pipe by vmsplice moves, and the pipe keeps the old one', LIMIT, async () => {
  const tables = new PageTables();
  await withFerry({}, async (ferry) => {
    const buffer = new SharedArrayBuffer(8 * MIB);
    fillCounters(buffer);
    const region = ferry.adopt(buffer);
    const offset = region.migratable[0]!.offset + 1000 * PAGE;
    const before = new Uint8Array(buffer, offset, PAGE).slice();
    const spliced = new SplicedPage(tables.addressOf(buffer) + offset);
    const crew = await Crew.start(buffer, [{ kind: 'read' }]);
    assertAllMoved(region, await region.migrate({ to: 1 }));
    await crew.allGoOn();
    await crew.stop();
    // What the program writes now it writes to the new page.
    new Uint8Array(buffer, offset, PAGE).fill(9);
    assert.deepEqual([...spliced.drain()], [...before]);
    new Uint8Array(buffer, offset, PAGE).set(before);
    assertAllMoved(region, await region.migrate({ to: 0 }));
    assert.equal(countersAdded(buffer), 0);
    spliced.close();
  });
  tables.close();
});
