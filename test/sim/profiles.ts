import { readFileSync } from 'node:fs';
import type { HardwareProfile } from '../../src/sim/profile/hardware-profile.js';
import { readProfile } from '../../src/sim/profile/read-profile.js';

/** The profile of the RFC's machine, as its file has it. */
export function zen3Json(): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL('../../../profiles/zen3-ptdma.json', import.meta.url), 'utf8'));
}

export function zen3(changes: Partial<HardwareProfile['dma']> = {}): HardwareProfile {
  const profile = readProfile(zen3Json());
  return { ...profile, dma: { ...profile.dma, ...changes } };
}

/** The same machine, if it could move page tables as a whole. */
export function zen3WithTables(): HardwareProfile {
  return { ...zen3(), tables: { supported: 1, leaveNs: 5000, arriveNs: 7000, callNs: 4000 } };
}
