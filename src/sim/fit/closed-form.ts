import { PAGE_SIZE, PMD_SIZE } from '../../common/page.js';
import { channelGBps, descriptorThinkNs } from '../dma/engines.js';
import { domainOf, type ThreadPlacement } from '../dma/placement.js';
import type { SimMigrator } from '../experiments/move.js';
import { loadedLatency, oneThreadGBps } from '../hardware/shared-link.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';

const MIB = 2 ** 20;
/** Base pages of a batch without a migrator, and with one (see `runMove`). */
const PMD_BATCH = 512;
const PUD_BATCH = 262_144;
/** Bytes of a piece of mtcopy. */
const PIECE = 64 * PAGE_SIZE;

/** A move of folios of one size by one call. */
export interface ClosedCell {
  /** Bytes of a folio. */
  readonly folio: number;
  readonly folios: number;
  readonly migrator: SimMigrator;
  readonly channels?: number;
  readonly threads?: number;
  readonly placement?: ThreadPlacement;
}

/** The same text for the same cell only. */
export function cellKey({
  migrator,
  folio,
  folios,
  threads = 0,
  channels = 0,
  placement = 'spread',
}: ClosedCell): string {
  return [migrator, folio, folios, threads, channels, placement].join();
}

/** The figures that the closed form reads. */
export type ClosedProfile = Pick<HardwareProfile, 'cpu' | 'memory' | 'dma' | 'topology'>;

/** The parts of a move's time, in ns. */
export interface ClosedTime {
  /** The migrating thread's work besides the copy. */
  readonly overNs: number;
  /** The copy, or the wait for it. */
  readonly copyNs: number;
}

/**
 * The time that the simulated machine takes for one exclusive move, batch after batch, without simulating it. A search
 * and an interval need very many. A test compares the two.
 */
export function closedTime(profile: ClosedProfile, cell: ClosedCell): ClosedTime {
  const { cpu } = profile;
  const { folio, folios, migrator } = cell;
  const bytes = folio * folios;
  const mapped =
    folio === PMD_SIZE ? cpu.folioNs + cpu.pmdNs : cpu.folioNs + (folio / PAGE_SIZE) * cpu.pageNs;
  const batches = Math.ceil(bytes / batchBytes(migrator, folio));
  const overNs = cpu.callNs + folios * mapped + batches * cpu.flushNs;
  const coldNs = Math.min(bytes / MIB, cpu.coldMiB) * cpu.coldNsPerMiB;
  if (migrator === 'dcbm') return { overNs, copyNs: channelsNs(profile, cell, coldNs, batches) };
  if (migrator === 'mtcopy') return { overNs, copyNs: threadsNs(profile, cell, coldNs) };
  const rate = oneThreadGBps(profile);
  return { overNs, copyNs: folios * cpu.copyCallNs + bytes / rate + coldNs };
}

/** Nanoseconds of one move. */
export function closedNs(profile: ClosedProfile, cell: ClosedCell): number {
  const { overNs, copyNs } = closedTime(profile, cell);
  return overNs + copyNs;
}

function batchBytes(migrator: SimMigrator, folio: number): number {
  if (migrator === 'serial') return folio;
  return (migrator === 'baseline' ? PMD_BATCH : PUD_BATCH) * PAGE_SIZE;
}

function threadsNs(profile: ClosedProfile, cell: ClosedCell, coldNs: number): number {
  const { cpu } = profile;
  const bytes = cell.folio * cell.folios;
  const pieces = cell.folio > PIECE ? cell.folios * Math.ceil(cell.folio / PIECE) : cell.folios;
  const threads = Math.max(1, Math.min(cell.threads ?? 2, cpu.cpus, pieces));
  const rate = threadsGBps(profile, threads, cell.placement ?? 'spread');
  return (pieces * cpu.copyCallNs + coldNs) / threads + bytes / rate;
}

/** Total rate of threads that copy. */
function threadsGBps(
  { cpu, memory, topology }: ClosedProfile,
  threads: number,
  placement: ThreadPlacement,
): number {
  if (topology === undefined) return Math.min(threads * cpu.copyGBps, memory.copyGBps);
  const domains = new Map<number, number>();
  for (let thread = 0; thread < threads; thread++) {
    const domain = domainOf(thread, { cpu, topology }, placement);
    domains.set(domain, (domains.get(domain) ?? 0) + 1);
  }
  let wanted = 0;
  for (const each of domains.values()) wanted += Math.min(topology.domainGBps, each * cpu.copyGBps);
  return Math.min(wanted / loadedLatency(wanted / topology.threadsGBps, topology.knee), memory.copyGBps);
}

function channelsNs(profile: ClosedProfile, cell: ClosedCell, coldNs: number, batches: number): number {
  const { cpu, dma, topology } = profile;
  const bytes = cell.folio * cell.folios;
  const used = Math.max(1, Math.min(cell.channels ?? 1, dma.channels, cell.folios));
  // Neighbours are merged. Behind an IOMMU a larger folio is one segment.
  const merged = dma.iommu === 1 ? Math.max(cell.folio, dma.maxSegmentBytes) : dma.maxSegmentBytes;
  const share = Math.ceil(cell.folios / used) * cell.folio;
  const size = Math.min(share, merged);
  const descriptors = Math.ceil(share / size);
  const submitNs = (bytes / size) * dma.submitNs;
  const copyNs = descriptors * descriptorNs(profile, size, used) + coldNs / used;
  const deep = topology?.deepWakeNs ?? 0;
  const wakeNs = cpu.wakeNs + (copyNs / batches >= 2 * deep ? deep : 0);
  return submitNs + copyNs + batches * wakeNs;
}

/** Time of a descriptor of each of `used` channels that work concurrently. */
function descriptorNs(profile: ClosedProfile, size: number, used: number): number {
  const { dma, memory, topology } = profile;
  // A batch ends with its slowest channel.
  const own = used > dma.nearChannels ? channelGBps(profile, used - 1) : dma.nearGBps;
  const think = descriptorThinkNs(profile, topology?.translateNs ?? 0, size);
  if (topology === undefined) return think + size / Math.min(own, memory.copyGBps / used);
  const { engineChannels, engineGBps, linkGBps, knee } = topology;
  const sharing = Math.min(used, engineChannels);
  const alone = size / (think + size / own);
  const wanted = (used / sharing) * Math.min(engineGBps, sharing * alone);
  const latency = loadedLatency(wanted / linkGBps, knee);
  const path = Math.min(engineGBps / latency, memory.copyGBps / Math.ceil(used / engineChannels));
  return Math.max(think + size / Math.min(own / latency, path), (sharing * size) / path);
}
