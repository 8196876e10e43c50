import type { ClosedProfile } from './closed-form.js';

/** The knowledge of a figure before anything of the machine is measured: a log-normal distribution. */
export interface Prior {
  /** Path of the figure, such as `cpu.copyGBps`. */
  readonly path: string;
  readonly median: number;
  /** Path of another figure. The median is then the ratio of this figure to that one. */
  readonly of?: string;
  /** Standard deviation of the natural logarithm. */
  readonly spread: number;
  readonly why: string;
}

/** The prior of each figure that a fit may find, for a machine without a data sheet. */
export const PRIORS: readonly Prior[] = [
  prior('cpu.callNs', 30_000, 1.2, 'a system call that drains the LRU lists of all processors: 3 to 300 µs'),
  prior('cpu.folioNs', 700, 0.6, 'isolation, allocation, reverse map and two locks: some ten cache misses'),
  prior('cpu.pageNs', 200, 0.6, 'two changes of an entry and the accounting: two or three cache misses'),
  prior('cpu.pmdNs', 8000, 0.9, 'one entry, with the page table and the 512 reference counts of a huge page'),
  prior('cpu.copyGBps', 10, 0.4, '10 to 14 lines in flight at 90 to 130 ns, read and written'),
  prior('cpu.coldNsPerMiB', 30_000, 0.7, 'a third of the time of a warm copy'),
  prior('dma.descriptorNs', 5000, 0.9, '1 µs (a queue in the core) to 20 µs (a mailbox and an interrupt)'),
  prior('dma.farGBps', 13, 0.5, 'one channel of PTDMA, IOAT or DSA: 5 to 30 GB/s'),
  prior('topology.engineGBps', 16, 0.5, 'an engine is little faster than a channel that works alone'),
  prior('topology.translateNs', 60, 0.8, 'a part of the misses of an IOTLB, each a memory access or two'),
  prior('topology.deepWakeNs', 60_000, 0.8, 'exit from C2 or C6: 20 to 400 µs'),
  prior('topology.domainGBps', 12, 0.4, 'a CCD or a mesh stop: little more than one thread'),
  prior(
    'topology.threadsGBps',
    48,
    0.5,
    'a third of the link: the store reads the line, writes it, and is snooped',
  ),
  prior('memory.copyGBps', 100, 0.5, 'the channels of a node, which copies read or write'),
  prior('topology.linkGBps', 100, 0.5, 'two to four links between two sockets'),
];

function prior(path: string, median: number, spread: number, why: string): Prior {
  return { path, median, spread, why };
}

/** A copy of a profile with other values of the figures at `paths`. */
export function replaced<Profile extends ClosedProfile>(
  profile: Profile,
  paths: readonly string[],
  values: ArrayLike<number>,
): Profile {
  const changed: Record<string, Record<string, number>> = {};
  for (let i = 0; i < paths.length; i++) {
    const [group, name] = paths[i]!.split('.') as [keyof ClosedProfile, string];
    changed[group] ??= { ...(profile[group] as unknown as Record<string, number>) };
    // Channels that differ are described by hand only.
    const names = name === 'farGBps' ? ['farGBps', 'nearGBps'] : [name];
    for (const each of names) changed[group][each] = values[i]!;
  }
  return { ...profile, ...changed };
}
