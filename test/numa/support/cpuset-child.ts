/** Runs in a cpuset that has one of the two nodes; prints what it found. argv[2]: the node it has not. */
import { MigrationError, openFerry } from '../../../src/index.js';
import { assertContent, fill } from '../../ferry/support/content.js';
import { tally } from '../../ferry/support/fixture.js';
import { kernelStatus } from './kernel.js';

const forbidden = Number(process.argv[2]);
const ferry = await openFerry();
const region = ferry.allocate(4 * 2 ** 20);
const buffer = region.buffer;
fill(buffer);
const { foliosMoved, foliosFailed } = await region.migrate({ to: ferry.nodeIds[1]! });
assertContent(buffer);
const nodes = ferry.nodes.map(({ id, numaNode, emulated }) => ({ id, numaNode, emulated }));
const pages = tally(kernelStatus(region));
await ferry.close();

let refused: string | undefined;
try {
  const other = await openFerry({
    nodes: [
      { id: 0, numaNode: 1 - forbidden },
      { id: 1, numaNode: forbidden },
    ],
  });
  await other.close();
} catch (error) {
  refused = error instanceof MigrationError ? error.code : String(error);
}
console.log(JSON.stringify({ nodes, pages, foliosMoved, foliosFailed, refused }));
