import type { ExploredParts } from '../scenario.js';

/** A mistake of this code's forerunners, or one near to it, as a part that makes it. */
export interface Race {
  /** For `pageferry explore --race`. */
  readonly name: string;
  readonly mistake: string;
  readonly consequence: string;
  /** The part of the code that avoids it. */
  readonly remedy: string;
  /** The reviewer who found it, or its place. */
  readonly foundBy: string;
  /** The scenario in which it shows. */
  readonly scenario: string;
  readonly parts: ExploredParts;
}
