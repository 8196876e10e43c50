import type { CopyMode } from '../../../src/mm/copy-mode.js';
import type { HardwareProfile } from '../../../src/sim/profile/hardware-profile.js';
import { type FigureChanges, withFigures } from '../../../src/sim/profile/with-figures.js';
import { DEFAULT_PROFILE, type NamedProfile, PROFILES } from './profiles.js';

/** The machine that is simulated, as its controls have it. */
export interface LabMachine {
  readonly base: NamedProfile;
  /** Figures that are other than the profile's. */
  readonly changes: FigureChanges;
  /** DMA channels, where an experiment has one number of them. */
  readonly channels: number;
  readonly hogs: number;
  /** Whether readers wait for the copy; where pages move at a program's request, not in compaction. */
  readonly copyMode: CopyMode;
  readonly seed: number;
}

export const FIRST_MACHINE: LabMachine = {
  base: PROFILES.find(({ name }) => name === DEFAULT_PROFILE)!,
  changes: {},
  channels: 1,
  hogs: 0,
  copyMode: 'exclusive',
  seed: 1,
};

export function profileOf({ base, changes }: LabMachine): HardwareProfile {
  return withFigures(base.profile, changes);
}

/** Channels that a migrator may be given: dcbm has 16 at most. */
export function maxChannels(machine: LabMachine): number {
  return Math.min(16, profileOf(machine).dma.channels);
}
