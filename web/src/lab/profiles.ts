import type { HardwareProfile } from '../../../src/sim/profile/hardware-profile.js';
import { profileProblem, readProfile } from '../../../src/sim/profile/read-profile.js';

const files = import.meta.glob<unknown>('../../../profiles/*.json', { eager: true, import: 'default' });

/** A profile, and what `--profile` calls it. */
export interface NamedProfile {
  readonly name: string;
  readonly profile: HardwareProfile;
}

/** Those that come with the package. */
export const PROFILES: readonly NamedProfile[] = Object.entries(files)
  .map(([path, json]) => ({ name: path.replace(/^.*\/(.*)\.json$/, '$1'), profile: readProfile(json) }))
  .sort((a, b) => a.name.localeCompare(b.name));

/** The one that the commands take when none is named. */
export const DEFAULT_PROFILE = 'zen3-ptdma';

/** A file of the user's own, or what is wrong with it: the path of the figure and what would be right. */
export async function profileFromFile(file: File): Promise<NamedProfile | string> {
  try {
    return { name: file.name, profile: readProfile(JSON.parse(await file.text())) };
  } catch (error) {
    return problemOfFile(file, error);
  }
}

/** Why a file was refused. */
export function problemOfFile({ name }: File, error: unknown): string {
  return `${name}: ${profileProblem(error) ?? (error instanceof Error ? error.message : String(error))}`;
}
