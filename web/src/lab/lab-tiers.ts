import { readTiers, type TieredMachine } from '../../../src/sim/tiering/tiers.js';
import { problemOfFile } from './profiles.js';

const files = import.meta.glob<unknown>('../../../profiles/tiers/*.json', { eager: true, import: 'default' });

/** A machine with tiers, what `--profile` calls it, and its file, parsed. */
export interface NamedTiers {
  readonly name: string;
  readonly json: unknown;
  readonly machine: TieredMachine;
}

/** The machines with tiers in the package. */
export const TIERS: readonly NamedTiers[] = Object.entries(files)
  .map(([path, json]) => named(path.replace(/^.*\/(.*)\.json$/, '$1'), json))
  .sort((a, b) => a.name.localeCompare(b.name));

/** A machine of the user's own, or what is wrong with its file. */
export async function tiersFromFile(file: File): Promise<NamedTiers | string> {
  try {
    return named(file.name, JSON.parse(await file.text()));
  } catch (error) {
    return problemOfFile(file, error);
  }
}

function named(name: string, json: unknown): NamedTiers {
  return { name, json, machine: readTiers(json) };
}
