import { formatSchedule } from './chooser.js';
import type { Failure } from './explore.js';

export interface ReplayCommandOptions {
  /** The race that was put in (`races/races.ts`). */
  readonly race?: string;
  /** Options that name the profile, where it is not the default one. */
  readonly profile?: string;
}

/** What runs a failing schedule again on the command line. */
export function replayCommand(
  { scenario, seed, choices }: Pick<Failure, 'scenario' | 'seed' | 'choices'>,
  { race, profile }: ReplayCommandOptions = {},
): string {
  return [
    `pageferry explore --scenario ${scenario}`,
    ...(race === undefined ? [] : [`--race ${race}`]),
    `--seed ${seed}`,
    ...(profile === undefined ? [] : [profile]),
    `--replay ${formatSchedule(choices)}`,
  ].join(' ');
}
