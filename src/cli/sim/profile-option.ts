import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { MigrationError } from '../../common/migration-error.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import { profileProblem, readProfile } from '../../sim/profile/read-profile.js';
import { type FigureChanges, figureRange, withFigures } from '../../sim/profile/with-figures.js';
import { UsageError } from '../ui/errors.js';

export interface ProfileFlags {
  readonly profile: string;
  readonly set?: FigureChanges;
}

export function addProfileOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'hardware profile: a name, or a file', RFC_PROFILE)
    .option(
      '--set <figure=value>',
      'override a figure of the profile, such as dma.iommu=0; may be repeated',
      figureChange,
    );
}

/** The options that name this profile; undefined for the default one. */
export function profileArguments({ profile, set = {} }: ProfileFlags): string | undefined {
  const text = [
    ...(profile === RFC_PROFILE ? [] : [`--profile ${profile}`]),
    ...Object.entries(set).map(([path, value]) => `--set ${path}=${value}`),
  ].join(' ');
  return text === '' ? undefined : text;
}

/** @throws UsageError naming the file or the figure that is wrong. */
export function profileOf({ profile: name, set = {} }: ProfileFlags): HardwareProfile {
  const profile = loadProfile(name);
  try {
    return withFigures(profile, set);
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const advice = error.advice === undefined ? '' : `. ${error.advice}`;
    throw new UsageError(`--set: ${error.problem}${advice}`);
  }
}

function figureChange(text: string, before: FigureChanges = {}): FigureChanges {
  const [, path, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (path === undefined || figureRange(path) === undefined || Number.isNaN(Number(value))) {
    throw new InvalidArgumentError(
      'Write figure=value, such as dma.descriptorNs=3000. docs/simulation.md lists the figures.',
    );
  }
  return { ...before, [path]: Number(value) };
}

/** The profile that is fitted to the RFC's figures. Only its results are shown beside them. */
export const RFC_PROFILE = 'zen3-ptdma';

const SUFFIX = '.json';

function profileFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('pageferry/package.json')), 'profiles');
}

/** Names of the profiles in the package. */
function profileNames(): string[] {
  return readdirSync(profileFolder())
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/** @throws UsageError naming the file, and the path of the wrong figure. */
function loadProfile(nameOrFile: string): HardwareProfile {
  const file = profileNames().includes(nameOrFile)
    ? join(profileFolder(), `${nameOrFile}${SUFFIX}`)
    : nameOrFile;
  try {
    return readProfile(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`--profile: '${nameOrFile}': ${problemOf(error)}`);
  }
}

function problemOf(error: unknown): string {
  const wrong = profileProblem(error);
  if (wrong !== undefined) return wrong;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT') return String(error instanceof Error ? error.message : error);
  return `neither a known profile nor a file. Known profiles: ${profileNames().join(', ')}`;
}
