import { test } from 'node:test';
import { LinuxMachine } from '../../src/linux/memory/linux-machine.js';
import { memory } from '../linux/support/memory.js';
import { LIMIT, MIB } from './support/fixture.js';
import { atMappingLimit } from './support/mapping-limit.js';
import { assertNoMemory, failure, PAGES, TOO_HIGH } from './support/mapping-scenes.js';

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
