import { MigrationError } from '../../common/migration-error.js';
import { formatSize } from '../../common/size.js';
import { availableBytes } from '../../linux/sys/topology.js';
import { describeHost, type HostNode } from '../harness/host.js';
import { loweredNote, wholeHuge } from '../harness/memory-room.js';
import { type FolioFigures, measureFolio } from './measure-folio.js';
import type { StallOptions } from './options.js';
import type { StallReport } from './report.js';
import { stallSpecs } from './stall-spec.js';

/** Left to the pools' reserve, the heap, and other programs. */
const HEADROOM = 384 * 2 ** 20;
/** Buffers on the first node (the accessed one, and one that is migrated elsewhere), and on the second. */
const [HERE, THERE] = [2, 1];

/** The number of runs, with one that warms up each row. It is smaller on a host that cannot write-protect. */
export function stallRuns(options: StallOptions): number {
  return options.folios.length * stallSpecs(options, options.copyModes).length * (1 + options.runs);
}

/**
 * Measures how long readers and writers of memory wait while it is migrated, by batch size, copy mode and migrator.
 * @throws MigrationError when this host cannot migrate real memory, or has no memory to measure with.
 */
export async function runStall(options: StallOptions, onRun: () => void): Promise<StallReport> {
  const host = describeHost();
  const [from, to] = host.nodes as [HostNode, HostNode];
  const notes: string[] = [];
  const bytes = roomFor(options.bytes, options.batches.at(-1)!, from, to);
  if (bytes < options.bytes) notes.push(loweredNote(options.bytes, bytes));
  const figures: FolioFigures[] = [];
  for (const folioSize of options.folios) {
    figures.push(await measureFolio(options, folioSize, bytes, onRun));
  }
  if (figures.some(({ left }) => left.length > 0)) {
    notes.push('write-protected rows are omitted: the userfaultfd of this host does not support it');
  }
  const { seconds, runs, program, together, device, seed } = options;
  const { depth, clocks } = figures[0]!;
  return {
    schema: 'pageferry.bench.stall/2',
    host,
    options: {
      bytes,
      seconds,
      runs,
      readers: program.reader,
      writers: program.writer,
      together,
      device,
      depth,
      seed,
    },
    clocks,
    undisturbed: figures.flatMap(({ undisturbed }) => undisturbed),
    elsewhere: figures.flatMap(({ elsewhere }) => elsewhere),
    rows: figures.flatMap(({ rows }) => rows),
    notes,
  };
}

/** How many of the requested bytes this host has room for. @throws MigrationError ENOMEM when not even `min` fit. */
function roomFor(bytes: number, min: number, from: HostNode, to: HostNode): number {
  const room = availableBytes(from.numaNode) - HEADROOM;
  const shared = from.numaNode === to.numaNode;
  const share = shared
    ? room / (HERE + THERE)
    : Math.min(room / HERE, (availableBytes(to.numaNode) - HEADROOM) / THERE);
  const fits = wholeHuge(share);
  if (fits >= min) return Math.min(bytes, fits);
  throw new MigrationError('ENOMEM', `not enough memory: only ${formatSize(fits)} can be migrated`, {
    operation: 'bench stall',
    advice: 'Free some memory, or lower --batch-bytes.',
  });
}
