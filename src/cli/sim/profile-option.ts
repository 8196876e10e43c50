import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { MigrationError } from '../../common/migration-error.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import { profileProblem, readProfile } from '../../sim/profile/read-profile.js';
import { type FigureChanges, withFigures } from '../../sim/profile/with-figures.js';
import { readTiers, type TieredMachine } from '../../sim/tiering/tiers.js';
import { UsageError } from '../ui/errors.js';

export interface ProfileFlags {
  readonly profile: string;
  readonly set?: FigureChanges;
}

export function addProfileOptions(command: Command): Command {
  return addFigureOption(
    command.option('--profile <name>', 'hardware profile: a name, or a file', RFC_PROFILE),
  );
}

export function addFigureOption(command: Command): Command {
  return command.option(
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
export function profileOf({ profile: name, set }: ProfileFlags, flag = HARDWARE.flag): HardwareProfile {
  return changed(loadProfile(name, { ...HARDWARE, flag }), set);
}

/** The costs of migrations. @throws UsageError naming the file or the figure that is wrong. */
export function costsOf(name: string, set: FigureChanges | undefined): HardwareProfile {
  return changed(loadProfile(name, COSTS), set);
}

function changed(profile: HardwareProfile, set: FigureChanges = {}): HardwareProfile {
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
  if (path === undefined || Number.isNaN(Number(value))) {
    throw new InvalidArgumentError('Write figure=value, such as dma.descriptorNs=3000.');
  }
  return { ...before, [path]: Number(value) };
}

/** The profile that is fitted to the RFC's figures. Only its results are shown beside them. */
export const RFC_PROFILE = 'zen3-ptdma';

const SUFFIX = '.json';

/** Profiles of one kind: their folder in the package, and the flag that names them. */
interface ProfileKind<Profile> {
  readonly folder: string;
  readonly flag: string;
  /** @throws MigrationError EINVAL */
  readonly read: (json: unknown) => Profile;
}

const HARDWARE: ProfileKind<HardwareProfile> = { folder: 'profiles', flag: '--profile', read: readProfile };
const COSTS: ProfileKind<HardwareProfile> = { ...HARDWARE, flag: '--costs' };
const TIERS: ProfileKind<TieredMachine> = { folder: 'profiles/tiers', flag: '--profile', read: readTiers };

/** A machine with tiers, by name or file. @throws UsageError naming the file and what is wrong. */
export function tiersOf(nameOrFile: string): TieredMachine {
  return loadProfile(nameOrFile, TIERS);
}

/** The names of the machines with tiers in the package. */
export function tiersNames(): string[] {
  return profileNames(TIERS.folder);
}

function folderOf(folder: string): string {
  return join(dirname(createRequire(import.meta.url).resolve('pageferry/package.json')), folder);
}

function profileNames(folder: string): string[] {
  return readdirSync(folderOf(folder))
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/** @throws UsageError naming the file, and the path of the wrong figure. */
function loadProfile<Profile>(nameOrFile: string, { folder, flag, read }: ProfileKind<Profile>): Profile {
  const known = profileNames(folder);
  const file = known.includes(nameOrFile) ? join(folderOf(folder), `${nameOrFile}${SUFFIX}`) : nameOrFile;
  try {
    return read(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`${flag}: '${nameOrFile}': ${problemOf(error, known)}`);
  }
}

function problemOf(error: unknown, known: readonly string[]): string {
  const wrong = profileProblem(error);
  if (wrong !== undefined) return wrong;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT') return String(error instanceof Error ? error.message : error);
  return `neither a known profile nor a file. Known profiles: ${known.join(', ')}`;
}
