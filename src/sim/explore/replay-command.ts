import { formatSchedule } from './chooser.js';
import type { Failure } from './explore.js';

export interface ReplayCommandOptions {
  /** The inserted race (`races/races.ts`). */
  readonly race?: string;
  /** Options that name the profile, unless it is the default one. */
  readonly profile?: string;
}

/** The command line that runs a failing schedule again. */
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
