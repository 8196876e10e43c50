import type { ExploredParts } from '../scenario.js';

/** A mistake that was made in this code's forerunners, or nearly: one part exchanged for one that makes it. */
export interface Race {
  /** For `pageferry explore --race`. */
  readonly name: string;
  /** What is done wrong. */
  readonly mistake: string;
  /** What comes of it. */
  readonly consequence: string;
  /** What the code does instead. */
  readonly remedy: string;
  /** Who pointed it out, or where it was. */
  readonly foundBy: string;
  /** The scenario in which it shows. */
  readonly scenario: string;
  readonly parts: ExploredParts;
}
