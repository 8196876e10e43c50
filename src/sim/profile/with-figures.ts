import { MigrationError } from '../../common/migration-error.js';
import type { HardwareProfile } from './hardware-profile.js';
import { checkFigure, type FigureRange, OPTIONAL_FIGURES, PROFILE_FIGURES } from './read-profile.js';

/** By group and name. */
const RANGES: Readonly<Record<string, Readonly<Record<string, FigureRange>>>> = {
  ...PROFILE_FIGURES,
  ...OPTIONAL_FIGURES,
};

type Group = keyof typeof PROFILE_FIGURES | keyof typeof OPTIONAL_FIGURES;

/** Figures to be changed, by path: `dma.iommu` → 0. */
export type FigureChanges = Readonly<Record<string, number>>;

/**
 * A profile with some of its figures changed. It has another name, as it is another machine; nothing is changed that is so
 * already.
 * @throws MigrationError EINVAL, naming the path, for a figure that no profile or not this one has, or that is out of its range.
 */
export function withFigures(profile: HardwareProfile, changes: FigureChanges): HardwareProfile {
  let changed: HardwareProfile = profile;
  const told: string[] = [];
  for (const [path, value] of Object.entries(changes)) {
    const range = figureRange(path);
    if (range === undefined) {
      throw new MigrationError('EINVAL', `${path}: unknown figure`, {
        operation: 'withFigures',
        argument: path,
        advice: `Known: ${figurePaths().join(', ')}.`,
      });
    }
    checkFigure(value, path, range);
    const [group, name] = path.split('.') as [Group, string];
    if (changed[group] === undefined) {
      throw new MigrationError('EINVAL', `${path}: the profile ${profile.name} has no group '${group}'`, {
        operation: 'withFigures',
        argument: path,
        advice: `Add the whole group to the profile file: ${Object.keys(RANGES[group]!).join(', ')}.`,
      });
    }
    if (figureOf(changed, path) === value) continue;
    changed = { ...changed, [group]: Object.freeze({ ...changed[group], [name]: value }) };
    told.push(`${path}=${value}`);
  }
  return told.length === 0
    ? profile
    : Object.freeze({ ...changed, name: `${profile.name}, ${told.join(', ')}` });
}

/** What a figure may be; undefined when there is none of that path. */
export function figureRange(path: string): FigureRange | undefined {
  const [group = '', name = '', more] = path.split('.');
  if (more !== undefined || !Object.hasOwn(RANGES, group)) return undefined;
  const figures = RANGES[group]!;
  return Object.hasOwn(figures, name) ? figures[name] : undefined;
}

/** The value of a figure that there is. */
export function figureOf(profile: HardwareProfile, path: string): number {
  const [group, name] = path.split('.') as [Group, string];
  return (profile[group] as unknown as Readonly<Record<string, number>>)[name]!;
}

/** Every path that each profile has. */
export function figurePaths(): string[] {
  return Object.entries(PROFILE_FIGURES).flatMap(([group, figures]) =>
    Object.keys(figures).map((name) => `${group}.${name}`),
  );
}
