import { test } from 'node:test';
import { claimMemory, releaseMemory } from '../../src/ferry/claimed-memory.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { atMappingLimit } from './support/mapping-limit.js';
import { assertNoMemory, failure, PAGES, TOO_HIGH } from './support/mapping-scenes.js';
import { PageTables } from './support/pages.js';

test('at vm.max_map_count memory is not adopted, with ENOMEM, and later it is', LIMIT, async (t) => {
  const tables = new PageTables();
  const buffer = new SharedArrayBuffer(40 * MIB);
  fill(buffer);
  const address = Math.ceil(tables.addressOf(buffer) / PAGE) * PAGE;
  const spans = [{ offset: 0, address: address + PAGE, pages: PAGES }];
  const claim = (): void => claimMemory('adopt', spans, 0);
  claim();
  releaseMemory(spans, 'adopted');
  failure(() => claimMemory('adopt', [{ offset: 0, address: 0, pages: 1 }], 0));
  let error: unknown;
  const reached = atMappingLimit(
    () => {
      error = failure(claim);
      return error !== undefined;
    },
    () => releaseMemory(spans, 'adopted'),
  );
  if (!reached) {
    t.skip(TOO_HIGH);
    return;
  }
  assertNoMemory(error, 'adopt');
  await withFerry({}, async (ferry) => {
    const region = ferry.adopt(buffer);
    assertAllMoved(region, await region.migrate({ to: 1 }));
  });
  assertContent(buffer);
  tables.close();
});
