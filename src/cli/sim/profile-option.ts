import { type Command, InvalidArgumentError } from 'commander';
import { MigrationError } from '../../common/migration-error.js';
import type { HardwareProfile } from '../../sim/profile/hardware-profile.js';
import { type FigureChanges, figureRange, withFigures } from '../../sim/profile/with-figures.js';
import { UsageError } from '../ui/usage-error.js';
import { loadProfile, RFC_PROFILE } from './load-profile.js';

/** What says which machine is simulated. */
export interface ProfileFlags {
  readonly profile: string;
  readonly set?: FigureChanges;
}

export function addProfileOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'what the machine costs: a name, or a file', RFC_PROFILE)
    .option(
      '--set <figure=value>',
      'another value for a figure of the profile, such as dma.iommu=0; as often as you like',
      figureChange,
    );
}

/** The same as options again; undefined for the default profile. */
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
    throw new UsageError(`--set ${error.problem}. ${error.advice}`);
  }
}

function figureChange(text: string, before: FigureChanges = {}): FigureChanges {
  const [, path, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (path === undefined || figureRange(path) === undefined || Number.isNaN(Number(value))) {
    throw new InvalidArgumentError(
      'It looks like dma.descriptorNs=3000; docs/simulation.md has the figures.',
    );
  }
  return { ...before, [path]: Number(value) };
}
