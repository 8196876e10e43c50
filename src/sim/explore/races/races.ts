import type { Race } from './race.js';
import { READ_THROUGH_RACES } from './read-through/read-through-races.js';
import { REVIEW_RACES } from './review-races.js';
import { FERRY_RACES } from './scheduler/ferry-races.js';
import { TABLE_RACES } from './tables/table-races.js';

/**
 * Mistakes to be found again by `explore`. Nothing but a scenario of `explore` can be given one of these parts: the engine
 * makes its own machine, registry, device and migrators.
 */
export const RACES: readonly Race[] = [
  ...REVIEW_RACES,
  ...READ_THROUGH_RACES,
  ...TABLE_RACES,
  ...FERRY_RACES,
];
