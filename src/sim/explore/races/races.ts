import { FERRY_RACES } from './ferry-races.js';
import { POLICY_RACES } from './policy-races.js';
import type { Race } from './race.js';
import { REVIEW_RACES } from './review-races.js';
import { TABLE_RACES } from './table-races.js';
import { WRITE_PROTECTED_RACES } from './write-protected-races.js';

/**
 * Mistakes that `explore` finds. Only its scenarios can use these parts. A ferry makes its own machine, registry, device and
 * migrators.
 */
export const RACES: readonly Race[] = [
  ...REVIEW_RACES,
  ...WRITE_PROTECTED_RACES,
  ...TABLE_RACES,
  ...FERRY_RACES,
  ...POLICY_RACES,
];
