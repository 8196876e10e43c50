import { readFileSync } from 'node:fs';
import { MigrationCosts, type MigrationSetup } from '../../../src/sim/tiering/migration-costs.js';
import { createProgram, type ProgramName } from '../../../src/sim/tiering/programs/programs.js';
import type { TieringSettings } from '../../../src/sim/tiering/tiering.js';
import { readTiers, type TieredMachine } from '../../../src/sim/tiering/tiers.js';
import { zen3 } from '../profiles.js';

/** The file of a machine, as far as the tests change it. */
export interface TiersFile {
  readonly cpus: object;
  readonly nodes: readonly {
    readonly curve: { readonly source: string };
    readonly onChipNs: { readonly source: string };
  }[];
}

export function tiersJson(name = 'skylake-cxl'): TiersFile {
  const file = new URL(`../../../../profiles/tiers/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

export function tiers(name?: string): TieredMachine {
  return readTiers(tiersJson(name));
}

const SETUP: MigrationSetup = {
  migrator: 'baseline',
  channels: 8,
  threads: 4,
  folio: 4096,
  batchBytes: 2 ** 21,
};

export function costsOf(setup: Partial<MigrationSetup> = {}, machine = tiers()): MigrationCosts {
  return new MigrationCosts(machine, zen3(), { ...SETUP, ...setup }, 1);
}

export const PLAIN_COSTS = costsOf();

export function settingsOf(
  name: ProgramName,
  changes: Partial<TieringSettings> & { readonly bytes?: number } = {},
): TieringSettings {
  const { bytes = 2 ** 30, seed = 1, machine = tiers(), ...rest } = changes;
  const program = createProgram(name, { bytes, unitBytes: 2 ** 21, threads: machine.cpus, seed });
  return {
    machine,
    program,
    costs: PLAIN_COSTS,
    fastPart: 0.25,
    headroomPart: 0.02,
    lengthMs: 30_000,
    epochMs: 100,
    watchMs: 1,
    halfLifeMs: 500,
    freeCpus: 0,
    seed,
    ...rest,
  };
}
