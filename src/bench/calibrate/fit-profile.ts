import { summarize } from '../../common/summary.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import { fitCopy, fitCpu, fitTables } from './fit-cpu.js';
import { refine } from './fit-offload.js';
import type { Measurements } from './measure.js';

/** The maximum of a ferry's dcbm. */
const CHANNELS = 16;

/** The profile of a simulated machine that takes as long as this host did. */
export function fitProfile(measured: Measurements): HardwareProfile {
  const { host, moves } = measured;
  const figures = measuredFigures(measured);
  const refined = refine(moves, figures);
  const tables = fitTables(measured.tables, refined.cpu.flushNs);
  return {
    name: 'this-host',
    description: `${host.cpuModel}, ${host.cpus} CPUs, ${host.kernel}`,
    ...figures,
    ...refined,
    ...(tables === undefined ? {} : { tables }),
  };
}

function measuredFigures(measured: Measurements): Omit<HardwareProfile, 'name' | 'description'> {
  const { host, moves, channel, channelLimits, loopsPerSecond, nodePages } = measured;
  const memoryGBps = median(measured.memoryGBps);
  const cpu = fitCpu(moves);
  return {
    cpu: {
      ...cpu,
      ...fitCopy(moves, cpu),
      wakeNs: median(channel.map(({ wakeNs }) => wakeNs)),
      sliceNs: measured.sliceNs.value,
      cpus: host.cpus,
      loopsPerSecond: median(loopsPerSecond),
    },
    memory: { copyGBps: memoryGBps, nodePages },
    dma: {
      channels: CHANNELS,
      nearChannels: 0,
      nearGBps: memoryGBps,
      farGBps: memoryGBps,
      descriptorNs: median(channel.map(({ descriptorNs }) => descriptorNs)),
      submitNs: median(channel.map(({ submitNs }) => submitNs)),
      queueDepth: channelLimits.capacity,
      iommu: 0,
      maxSegmentBytes: channelLimits.maxBytes,
    },
    compaction: { scanNs: 0 },
    soft: { channelCpus: 1 },
  };
}

function median(values: readonly number[]): number {
  return summarize(values).median;
}
