import { PMD_SIZE } from '../../common/page.js';
import { availableBytes } from '../../linux/sys/topology.js';
import { describeHost, type HostNode } from '../harness/host.js';
import { loweredNote, notEnoughMemory, wholeHuge } from '../harness/memory-room.js';
import { turns } from '../move/turns.js';
import { type AccessRun, accessFigures } from './access-figures.js';
import { LINE_WORDS } from './access-times.js';
import { chaseLinks } from './chase.js';
import { measurePromotion } from './measure-promotion.js';
import { type AccessOptions, type AccessSpec, accessSpecs } from './options.js';
import type { AccessReport } from './report.js';

/** Left to the links of the chase, the pools' reserve, the heap, and other programs. */
const HEADROOM = 512 * 2 ** 20;

/** The number of runs. Each warms up its code by itself. */
export function accessRuns(options: AccessOptions): number {
  return accessSpecs(options).length * options.runs;
}

/**
 * Measures what huge pages gain a program and cost it: accesses before and after live promotion or MADV_COLLAPSE.
 * @throws MigrationError when this host cannot, or has no memory to measure with.
 */
export async function runAccess(requested: AccessOptions, onRun: () => void): Promise<AccessReport> {
  const host = describeHost();
  const notes: string[] = [];
  const bytes = Math.min(requested.bytes, roomFor(host.nodes[0]!));
  if (bytes < requested.bytes) notes.push(loweredNote(requested.bytes, bytes));
  const options = { ...requested, bytes };
  const { accesses, runs, batchBytes, seed } = options;
  const links = chaseLinks(bytes / (LINE_WORDS * Int32Array.BYTES_PER_ELEMENT), seed);
  const specs = accessSpecs(options);
  const measured = new Map<AccessSpec, AccessRun[]>(specs.map((spec) => [spec, []]));
  for (const { row: spec } of turns(specs, runs)) {
    measured.get(spec)!.push(await measurePromotion(options, spec, links));
    onRun();
  }
  const rows = accessFigures(
    options,
    specs.map((spec) => ({ spec, runs: measured.get(spec)! })),
  );
  if (rows.some(({ hugeBytesBefore }) => hugeBytesBefore > 0)) {
    notes.push('some of the memory was on huge pages before: the host sets them to always');
  }
  return {
    schema: 'pageferry.bench.access/2',
    host,
    options: { bytes, accesses, runs, batchBytes, seed },
    rows,
    notes,
  };
}

/** Bytes of a buffer that fits twice. @throws MigrationError ENOMEM */
function roomFor({ numaNode }: HostNode): number {
  const room = availableBytes(numaNode) - HEADROOM;
  const fits = wholeHuge(room / 2);
  if (fits < PMD_SIZE) throw notEnoughMemory('bench access', room);
  return fits;
}
