import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import { profileProblem } from '../../sim/profile/profile-problem.js';
import { readProfile } from '../../sim/profile/read-profile.js';
import { UsageError } from '../ui/usage-error.js';

/** The profile that is fitted to the RFC's figures: beside it they are shown. */
export const RFC_PROFILE = 'zen3-ptdma';

const SUFFIX = '.json';

/** Where the profiles lie that come with the package. */
function profileFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('pageferry/package.json')), 'profiles');
}

/** Names of the profiles that come with the package. */
export function profileNames(): string[] {
  return readdirSync(profileFolder())
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/**
 * The profile of that name, or of that file.
 * @throws UsageError naming the file, and the path of the figure in it that is wrong.
 */
export function loadProfile(nameOrFile: string): HardwareProfile {
  const file = profileNames().includes(nameOrFile)
    ? join(profileFolder(), `${nameOrFile}${SUFFIX}`)
    : nameOrFile;
  try {
    return readProfile(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`--profile ${nameOrFile}: ${problemOf(error)}`);
  }
}

function problemOf(error: unknown): string {
  const wrong = profileProblem(error);
  if (wrong !== undefined) return wrong;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT') return String(error instanceof Error ? error.message : error);
  return `there is no such file, and no profile of that name. Known: ${profileNames().join(', ')}`;
}
