import { writeSync } from 'node:fs';
import type { Random } from '../../src/common/random.js';
import type { Ferry } from '../../src/index.js';
import type { Arena } from './arena.js';
import type { Tally } from './protocol.js';
import { streamOf } from './streams.js';

/** What all actors of a torture share. */
export interface Stage {
  readonly ferry: Ferry;
  readonly arenas: readonly Arena[];
  readonly seed: number;
  /** Whether autopilots place the memory, too. They may also page it out. */
  readonly piloted: boolean;
  stopped(): boolean;
  count(what: string, amount?: number): void;
}

/** One who does things to the memory or the ferry on the main thread, as its own random numbers say. */
export class Actor {
  readonly name: string;
  readonly random: Random;
  readonly stage: Stage;
  readonly #logTo: number | undefined;
  #lastDecision = 'nothing yet';
  beats = 0;

  constructor(name: string, stage: Stage, logTo: number | undefined) {
    this.name = name;
    this.stage = stage;
    this.random = streamOf(stage.seed, name);
    this.#logTo = logTo;
  }

  get lastDecision(): string {
    return this.#lastDecision;
  }

  /** To be told before it is carried out. `what` must be a function of this actor's random numbers alone. */
  decided(what: unknown): void {
    this.beats++;
    const text = JSON.stringify(what);
    this.#lastDecision = text;
    if (this.#logTo !== undefined) writeSync(this.#logTo, `${this.name} ${text}\n`);
  }

  /** Waits; less when the torture ends meanwhile. */
  async pause(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    for (let left = milliseconds; left > 0 && !this.stage.stopped(); left = until - performance.now()) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, 100)));
      this.beats++;
    }
  }
}

export function newTally(): { readonly tally: Tally; count(what: string, amount?: number): void } {
  const tally: Tally = {};
  return {
    tally,
    count: (what, amount = 1) => {
      tally[what] = (tally[what] ?? 0) + amount;
    },
  };
}
