import { ScatterGatherTable } from '../../../src/dmaengine/scatter-gather.js';
import { Simulation } from '../../../src/sim/simulation.js';
import type { DmaDeviceUnderTest } from '../../dmaengine/conformance.js';
import { zen3 } from '../profiles.js';

/** 16 MiB: one chunk of frames. */
const FRAMES = 4096;

export async function open(iommu: 0 | 1, reorder: boolean): Promise<DmaDeviceUnderTest> {
  const profile = zen3({ iommu, queueDepth: 512, maxSegmentBytes: 2 ** 20 });
  const simulation = new Simulation({ profile, nodePages: [FRAMES], words: 1024, reorder });
  const { clock, device, memory } = simulation;
  if (simulation.iommu !== undefined) {
    // The first range that is mapped begins at 0.
    const all = new ScatterGatherTable();
    for (let frame = 0; frame < FRAMES; frame += 1024) all.addRun(frame, 1024);
    simulation.iommu.map(all);
  }
  return {
    device,
    memory: { address: 0, bytes: memory.content.bytesOf(0) },
    work: () => clock.advance(1e6),
    close: async () => {},
  };
}
