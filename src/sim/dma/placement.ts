import type { HardwareProfile } from '../profile/hardware-profile.js';

export const THREAD_PLACEMENTS = ['spread', 'packed'] as const;

/**
 * Where copying threads run. `spread`: each in the domain with the fewest of them. `packed`: in as few domains as
 * have a processor for each.
 * @see {@link runMove} for an example
 */
export type ThreadPlacement = (typeof THREAD_PLACEMENTS)[number];

/** The domain (CCD) of a copying thread. Thread 0 is the migrating one. */
export function domainOf(
  thread: number,
  profile: Pick<HardwareProfile, 'cpu' | 'topology'>,
  placement: ThreadPlacement,
): number {
  const { cpu, topology } = profile;
  const domains = topology?.domains ?? 1;
  if (placement === 'spread') return thread % domains;
  return Math.floor(thread / Math.max(1, Math.ceil(cpu.cpus / domains))) % domains;
}
