import { invalidArgument } from '../../common/migration-error.js';
import type { HardwareProfile, ProfileUncertainty } from './hardware-profile.js';
import { checkFigure, type FigureRange, OPTIONAL_FIGURES, PROFILE_FIGURES } from './read-profile.js';

/** The ranges of the figures, by group and name. */
const RANGES: Readonly<Record<string, Readonly<Record<string, FigureRange>>>> = {
  ...PROFILE_FIGURES,
  ...OPTIONAL_FIGURES,
};

type Group = keyof typeof PROFILE_FIGURES | keyof typeof OPTIONAL_FIGURES;

/** New values of figures, by path: `dma.iommu` → 0. */
export type FigureChanges = Readonly<Record<string, number>>;

/**
 * A profile with some of its figures changed. Its name lists the changes, as it is another machine.
 * @throws MigrationError EINVAL, naming the path, for a figure that the profile cannot have, or that is out of its range.
 */
export function withFigures(profile: HardwareProfile, changes: FigureChanges): HardwareProfile {
  let changed: HardwareProfile = profile;
  const told: string[] = [];
  for (const [path, value] of Object.entries(changes)) {
    const range = figureRange(path);
    if (range === undefined) {
      throw invalidArgument('withFigures', path, 'unknown figure', `Known: ${figurePaths().join(', ')}.`);
    }
    checkFigure(value, path, range);
    const [group, name] = path.split('.') as [Group, string];
    if (changed[group] === undefined) {
      throw invalidArgument(
        'withFigures',
        path,
        `the profile ${profile.name} has no group '${group}'`,
        `Add the whole group to the profile file: ${Object.keys(RANGES[group]!).join(', ')}.`,
      );
    }
    if (figureOf(changed, path) === value) continue;
    changed = { ...changed, [group]: Object.freeze({ ...changed[group], [name]: value }) };
    if (changed.uncertainty !== undefined) {
      changed = { ...changed, uncertainty: without(changed.uncertainty, path) };
    }
    told.push(`${path}=${value}`);
  }
  return told.length === 0
    ? profile
    : Object.freeze({ ...changed, name: `${profile.name}, ${told.join(', ')}` });
}

/** A figure that is set is exact. That also narrows the figures that were only known together with it. */
function without(uncertainty: ProfileUncertainty, path: string): ProfileUncertainty {
  const { figures, covariance, model } = uncertainty;
  const out = figures.indexOf(path);
  if (out < 0) return uncertainty;
  const n = figures.length;
  const at = (i: number, j: number): number => covariance[i * n + j]!;
  const stays = figures.map((_, i) => i).filter((i) => i !== out);
  const known = Math.max(at(out, out), Number.MIN_VALUE);
  return {
    model,
    figures: stays.map((i) => figures[i]!),
    covariance: Float64Array.from(
      stays.flatMap((i) => stays.map((j) => at(i, j) - (at(i, out) * at(out, j)) / known)),
    ),
  };
}

/** The range of a figure; undefined for an unknown path. */
export function figureRange(path: string): FigureRange | undefined {
  const [group = '', name = '', more] = path.split('.');
  if (more !== undefined || !Object.hasOwn(RANGES, group)) return undefined;
  const figures = RANGES[group]!;
  return Object.hasOwn(figures, name) ? figures[name] : undefined;
}

export function figureOf(profile: HardwareProfile, path: string): number {
  const [group, name] = path.split('.') as [Group, string];
  return (profile[group] as unknown as Readonly<Record<string, number>>)[name]!;
}

/** The paths of figures: of those of every profile, if no others are given. */
export function figurePaths(groups: Readonly<Record<string, object>> = PROFILE_FIGURES): string[] {
  return Object.entries(groups).flatMap(([group, figures]) =>
    Object.keys(figures).map((name) => `${group}.${name}`),
  );
}
