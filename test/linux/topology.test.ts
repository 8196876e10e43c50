import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { test } from 'node:test';
import { availableBytes, numaNodes } from '../../src/linux/sys/topology.js';

const SYSFS = '/sys/devices/system/node';

test('the NUMA nodes with memory are found, in order', () => {
  const nodes = numaNodes();
  assert.ok(nodes.length > 0);
  const ids = nodes.map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
  if (existsSync(SYSFS)) {
    const names = readdirSync(SYSFS);
    for (const id of ids) assert.ok(names.includes(`node${id}`));
  }
});

test('their memory and their CPUs are those of the host', () => {
  const nodes = numaNodes();
  const total = nodes.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
  // sysfs and the C library do not count the kernel's own memory alike.
  assert.ok(total > os.totalmem() / 4, `${total} of ${os.totalmem()}`);
  for (const { id, cpus } of nodes) {
    if (!existsSync(SYSFS)) continue;
    assert.match(cpus, /^(\d+(-\d+)?(,\d+(-\d+)?)*)?$/);
    assert.equal(cpus, readFileSync(`${SYSFS}/node${id}/cpulist`, 'utf8').trim());
  }
});

test('a node has memory left, and no more than the host', () => {
  for (const { id } of numaNodes()) {
    const available = availableBytes(id);
    assert.ok(available > 0);
    assert.ok(available <= os.totalmem());
  }
});
