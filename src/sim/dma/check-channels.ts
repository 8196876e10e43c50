import { invalidArgument } from '../../common/migration-error.js';
import type { HardwareProfile } from '../profile/hardware-profile.js';

/** @throws MigrationError EINVAL if the machine has fewer channels than dcbm is to use. */
export function checkChannels(
  operation: string,
  { name, dma }: Pick<HardwareProfile, 'name' | 'dma'>,
  channels: number,
): void {
  if (channels <= dma.channels) return;
  const problem =
    dma.channels === 0
      ? `dcbm needs a DMA device, and ${name} has none`
      : `must be at most ${dma.channels}, not ${channels}: ${name} has no more`;
  throw invalidArgument(operation, 'channels', problem, 'Set dma.channels of the profile.');
}
