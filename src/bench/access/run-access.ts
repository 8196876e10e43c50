import { MigrationError } from '../../common/migration-error.js';
import { PMD_SIZE } from '../../common/page.js';
import { formatSize } from '../../common/size.js';
import { availableBytes } from '../../linux/sys/topology.js';
import { describeHost, type HostNode } from '../harness/host.js';
import { turns } from '../move/turns.js';
import { type AccessRun, accessFigures } from './access-figures.js';
import { type AccessSpec, accessSpecs } from './access-spec.js';
import { LINE_WORDS } from './access-times.js';
import { chaseLinks } from './chase-links.js';
import { measurePromotion } from './measure-promotion.js';
import type { AccessOptions } from './options.js';
import type { AccessReport } from './report.js';

/** Left alone: the links of the chase, the pools' reserve, the heap, and whoever else runs here. */
const HEADROOM = 512 * 2 ** 20;

/** Runs in all: nothing is warmed up but the code, within each. */
export function accessRuns(options: AccessOptions): number {
  return accessSpecs(options).length * options.runs;
}

/**
 * What huge pages are worth to a program, and what it costs to get onto them: accesses before and after, by live
 * promotion and by MADV_COLLAPSE.
 * @throws MigrationError when this host cannot, or has no memory to measure with.
 */
export async function runAccess(asked: AccessOptions, onRun: () => void): Promise<AccessReport> {
  const host = describeHost();
  const notes: string[] = [];
  const bytes = Math.min(asked.bytes, roomFor(host.nodes[0]!));
  if (bytes < asked.bytes) {
    notes.push(`--bytes lowered from ${formatSize(asked.bytes)} to ${formatSize(bytes)}: not enough memory`);
  }
  const options = { ...asked, bytes };
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

/** Bytes of a buffer that there is room for twice. @throws MigrationError ENOMEM */
function roomFor({ numaNode }: HostNode): number {
  const room = availableBytes(numaNode) - HEADROOM;
  const fits = Math.floor(room / 2 / PMD_SIZE) * PMD_SIZE;
  if (fits >= PMD_SIZE) return fits;
  throw new MigrationError(
    'ENOMEM',
    `not enough memory: only ${formatSize(Math.max(0, room))} is available`,
    {
      operation: 'bench access',
      advice: 'Free some memory, or raise the limit of the container.',
    },
  );
}
