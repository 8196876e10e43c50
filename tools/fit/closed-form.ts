import { PAGE_SIZE, PMD_SIZE } from '../../src/common/page.js';

/**
 * The constants of `zen3-ptdma` that are fitted to the RFC's figures. Everything else in that profile is given by its source,
 * or 0 because the published figures cannot tell it from one of these.
 */
export interface Constants {
  /** ns: cpu.callNs, cpu.folioNs, cpu.pageNs, cpu.pmdNs. */
  readonly call: number;
  readonly folio: number;
  readonly page: number;
  readonly pmd: number;
  /** GB/s: cpu.copyGBps. */
  readonly copy: number;
  /** ns/MiB and MiB: cpu.coldNsPerMiB, cpu.coldMiB. */
  readonly cold: number;
  readonly coldMiB: number;
  /** ns: dma.descriptorNs; GB/s: dma.nearGBps, dma.farGBps. */
  readonly descriptor: number;
  readonly near: number;
  readonly far: number;
  /** ns: compaction.scanNs. */
  readonly scan: number;
  /** Iterations a ns: cpu.loopsPerSecond. */
  readonly loops: number;
}

const MIB = 2 ** 20;
const SEGMENT = 65_536;
/** Base pages of a compaction's batch; frames that are scanned for each that is migrated. */
const CLUSTER = 32;
const SCANNED = 4;
/** Base pages that 16,384 huge pages take: half of each. */
const COMPACTED = 16_384 * 256;

/**
 * Nanoseconds that the simulated machine takes for one migration, without simulating it (the test of it compares the
 * two): a search needs very many. No channels: the baseline.
 */
export function moveNs(c: Constants, folio: number, folios: number, channels = 0): number {
  const bytes = folio * folios;
  const mapped = folio === PMD_SIZE ? c.folio + c.pmd : c.folio + (folio / PAGE_SIZE) * c.page;
  const fixed = c.call + folios * mapped;
  const cold = Math.min(bytes / MIB, c.coldMiB) * c.cold;
  if (channels === 0) return fixed + bytes / c.copy + cold;
  const used = Math.min(channels, folios);
  const descriptors = Math.ceil(bytes / Math.max(folio, SEGMENT)) / used;
  // A batch ends with its slowest channel.
  const rate = used === 1 ? c.near : Math.min(c.near, c.far);
  return fixed + descriptors * c.descriptor + bytes / used / rate + cold / used;
}

/** What the compaction experiment comes to. */
export interface ClosedCompaction {
  readonly wallMs: number;
  readonly sysPercent: number;
  readonly userPercent: number;
  readonly idlePercent: number;
  readonly hogIterations: number;
}

export function compaction(c: Constants, offload: boolean, busy: boolean): ClosedCompaction {
  const bytes = CLUSTER * PAGE_SIZE;
  const batches = COMPACTED / CLUSTER;
  const cold = (bytes / MIB) * c.cold;
  const copied = batches * (bytes / c.copy + cold);
  const waited = batches * (2 * c.descriptor + bytes / c.near + cold);
  const sys = COMPACTED * (c.folio + c.page + SCANNED * c.scan) + (offload ? 0 : copied);
  const wait = offload ? waited : 0;
  // A hog has every second slice, and all of the time in which the other waits.
  const user = busy ? sys + wait : 0;
  const wall = busy ? 2 * sys + wait : sys + wait;
  return {
    wallMs: wall / 1e6,
    sysPercent: (100 * sys) / wall,
    userPercent: (100 * user) / wall,
    idlePercent: busy ? 0 : (100 * wait) / wall,
    hogIterations: user * c.loops,
  };
}
