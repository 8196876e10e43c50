import profile from 'pageferry/profiles/zen3-ptdma.json' with { type: 'json' };
import { readProfile, runMove } from 'pageferry/sim';

/** GB/s of a migration on the simulated machine of a profile. */
export function simulate(): number {
  const cell = { folio: 65_536, folios: 1024, migrator: 'dcbm', channels: 4 } as const;
  return runMove(cell, { profile: readProfile(profile), seed: 1, words: 4 }).GBps;
}
