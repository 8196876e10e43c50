import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MigrationError } from '../../src/common/migration-error.js';
import { claimMemory, releaseMemory } from '../../src/ferry/claimed-memory.js';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { memory } from '../linux/support/memory.js';
import { assertContent, fill } from './support/content.js';
import { assertAllMoved, LIMIT, MIB, PAGE, withFerry } from './support/fixture.js';
import { atMappingLimit } from './support/mapping-limit.js';
import { PageTables } from './support/pages.js';

const TOO_HIGH = 'vm.max_map_count is too high here to be reached';
const PAGES = 64;

/** What an attempt threw: made and read outside of the limit, for there nothing may be allocated. */
function failure(attempt: () => void): unknown {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error;
  }
}

function assertNoMemory(error: unknown, operation: string): void {
  assert.ok(error instanceof MigrationError, String(error));
  assert.deepEqual([error.code, error.operation], ['ENOMEM', operation]);
  assert.match(error.message, /vm\.max_map_count/);
}

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

test('at vm.max_map_count a migration is refused with ENOMEM, and later it is not', LIMIT, (t) => {
  const machine = new LinuxMachine({
    nodes: [0, 1].map(() => ({ numaNode: 0, capacityPages: Number.POSITIVE_INFINITY })),
    windowPages: 64,
    maxPoolPages: 64,
    copy: 'fast',
  });
  // In the middle of a mapping, so that it has to be split.
  const mapping = memory(4 * MIB, true);
  const id = machine.attach([{ address: mapping.address + MIB, pages: PAGES }], 0);
  const begin = (): void => machine.begin(id);
  begin();
  machine.end(id);
  let error: unknown;
  const reached = atMappingLimit(
    () => {
      error = failure(begin);
      return error !== undefined;
    },
    () => machine.end(id),
  );
  if (reached) {
    assertNoMemory(error, 'migrate');
    begin();
    machine.end(id);
  }
  machine.detach(id);
  machine.close();
  mapping.unmap();
  if (!reached) t.skip(TOO_HIGH);
});
