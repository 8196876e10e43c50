import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Region } from '../../../src/index.js';
import { bindToNode, PlacementQuery, resetPolicy } from '../../../src/linux/sys/mempolicy.js';
import { numaNodes } from '../../../src/linux/sys/topology.js';
import { PAGE, tally } from '../../ferry/support/fixture.js';
import { PageTables } from '../../ferry/support/pages.js';

assert.deepEqual(
  numaNodes().map(({ id }) => id),
  [0, 1],
  'these tests are for a machine with two NUMA nodes: npm run test:numa',
);

export const tables: PageTables = new PageTables();
const query = new PlacementQuery();

/** Address and pages of what a region can migrate; its memory is one buffer. */
function rangeOf(region: Region<SharedArrayBuffer>): { address: number; pages: number } {
  const { offset, length } = region.migratable[0]!;
  return { address: tables.addressOf(region.buffer) + offset, pages: length / PAGE };
}

/** Where the kernel says that each migratable page is: a NUMA node or a negative errno. move_pages(2), asking only. */
export function kernelStatus(region: Region<SharedArrayBuffer>): number[] {
  const { address, pages } = rangeOf(region);
  const status = new Array<number>(pages);
  const error = query.range(address, pages, (index, node) => {
    status[index] = node;
  });
  assert.equal(error, 0);
  return status;
}

/** How many of the migratable pages are on each node, as /proc/self/numa_maps has it. */
export function numaMaps(region: Region<SharedArrayBuffer>): Record<string, number> {
  const { address, pages } = rangeOf(region);
  const counts: Record<string, number> = {};
  for (const line of readFileSync('/proc/self/numa_maps', 'utf8').split('\n')) {
    const start = Number.parseInt(line, 16);
    // Adopting has cut the mapping at the region's ends, so one that starts inside also ends there.
    if (!(start >= address && start < address + pages * PAGE)) continue;
    for (const [, node, count] of line.matchAll(/ N(\d+)=(\d+)/g)) {
      counts[node!] = (counts[node!] ?? 0) + Number(count);
    }
  }
  return counts;
}

/** Asserts that all of a region is on one node: by both of the kernel's answers, and by the ferry's own. */
export function assertAllOn(region: Region<SharedArrayBuffer>, node: number): void {
  const pages = region.migratableBytes / PAGE;
  assert.deepEqual(tally(kernelStatus(region)), { [node]: pages });
  assert.deepEqual(numaMaps(region), { [node]: pages });
}

/**
 * Bytes that a node can give and that `availableBytes` cannot see: free pages in the lists that each CPU keeps for itself.
 * /proc/zoneinfo has a section for each zone of each node, with the `count` of every list.
 */
export function bytesInCpuLists(node: number): number {
  const zones = readFileSync('/proc/zoneinfo', 'utf8').split(/^Node (?=\d)/m);
  const lists = zones
    .filter((zone) => Number.parseInt(zone, 10) === node)
    .flatMap((zone) => [...zone.matchAll(/^\s+count:\s+(\d+)$/gm)]);
  assert.ok(lists.length > 0, `no zone of node ${node} in /proc/zoneinfo`);
  return lists.reduce((sum, [, count]) => sum + Number(count) * PAGE, 0);
}

/** Has pages that are touched from now on come from one node, while `use` runs. */
export function touchedOn(memory: SharedArrayBuffer, node: number, use: () => void): void {
  const start = Math.ceil(tables.addressOf(memory) / PAGE) * PAGE;
  const bytes = memory.byteLength - PAGE;
  assert.equal(bindToNode(start, bytes, node), 0);
  use();
  assert.equal(resetPolicy(start, bytes), 0);
}
