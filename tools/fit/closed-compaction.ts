import { PAGE_SIZE } from '../../src/common/page.js';
import { channelGBps, descriptorThinkNs } from '../../src/sim/dma/engines.js';
import type { HardwareProfile } from '../../src/sim/profile/hardware-profile.js';

/** Base pages of a compaction's batch; frames that are scanned for each that is migrated. */
const CLUSTER = 32;
const SCANNED = 4;
/** Base pages that 16,384 huge pages take: half of each. */
const COMPACTED = 16_384 * 256;

/** The result of the compaction experiment. */
export interface ClosedCompaction {
  readonly wallMs: number;
  readonly sysPercent: number;
  readonly userPercent: number;
  readonly idlePercent: number;
  readonly hogIterations: number;
}

/** The compaction experiment of 16,384 huge pages, one channel, and one hog if busy, without simulating it. */
export function closedCompaction(
  profile: Pick<HardwareProfile, 'cpu' | 'dma' | 'compaction' | 'topology'>,
  offload: boolean,
  busy: boolean,
): ClosedCompaction {
  const { cpu, dma, compaction, topology } = profile;
  const bytes = CLUSTER * PAGE_SIZE;
  const batches = COMPACTED / CLUSTER;
  const coldNs = (bytes / 2 ** 20) * cpu.coldNsPerMiB;
  const copied = batches * (CLUSTER * cpu.copyCallNs + bytes / cpu.copyGBps + coldNs);
  const size = Math.min(bytes, dma.maxSegmentBytes);
  const descriptorNs =
    descriptorThinkNs(profile, topology?.translateNs ?? 0, size) + size / channelGBps(profile, 0);
  const waited = batches * ((bytes / size) * descriptorNs + cpu.wakeNs);
  const sys = COMPACTED * (cpu.folioNs + cpu.pageNs + SCANNED * compaction.scanNs) + (offload ? 0 : copied);
  const wait = offload ? waited : 0;
  // A hog has every second slice, and all of the time in which the other waits.
  const user = busy ? sys + wait : 0;
  const wall = busy ? 2 * sys + wait : sys + wait;
  return {
    wallMs: wall / 1e6,
    sysPercent: (100 * sys) / wall,
    userPercent: (100 * user) / wall,
    idlePercent: busy ? 0 : (100 * wait) / wall,
    hogIterations: (user * cpu.loopsPerSecond) / 1e9,
  };
}
