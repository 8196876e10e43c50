import { RandomStream } from '../../common/random.js';

/** One decision of a schedule: which of the threads that could run does. */
export interface Decision {
  readonly chosen: number;
  readonly options: number;
  /** Options from this one on leave a thread that could go on: a preemption. */
  readonly preempts: number;
}

/** Where a schedule's decisions come from. Option 0 is always: whoever runs goes on. */
export interface Chooser {
  /** @param preempts the first option that is a preemption; `options` when none is. */
  choose(options: number, preempts: number): number;
}

/** One in so many decisions leaves the thread that runs. */
const LEAVES_ONE_IN = 6;

export class RandomChooser implements Chooser {
  readonly #random: RandomStream;

  constructor(seed: number) {
    this.#random = new RandomStream(seed);
  }

  choose(options: number, preempts: number): number {
    const free = Math.max(1, Math.min(preempts, options));
    if (free < options && this.#random.below(LEAVES_ONE_IN) === 0) {
      return free + this.#random.below(options - free);
    }
    return this.#random.below(free);
  }
}

/** The decisions of a schedule that was told; after them option 0. */
export class ReplayChooser implements Chooser {
  readonly #choices: readonly number[];
  #next = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  choose(options: number): number {
    const choice = this.#choices[this.#next++] ?? 0;
    // A schedule of other code may ask for what is not there.
    return Math.min(choice, options - 1);
  }
}

/** Writes down what another decides. */
export class Recorder implements Chooser {
  readonly decisions: Decision[] = [];
  readonly #inner: Chooser;

  constructor(inner: Chooser) {
    this.#inner = inner;
  }

  choose(options: number, preempts: number): number {
    const chosen = this.#inner.choose(options, preempts);
    this.decisions.push({ chosen, options, preempts });
    return chosen;
  }

  get choices(): number[] {
    return this.decisions.map(({ chosen }) => chosen);
  }
}

/**
 * The schedule after this one in a walk of all that have at most `bound` preemptions, the last decisions changing first; or
 * undefined when there is none left.
 */
export function nextSchedule(decisions: readonly Decision[], bound: number): number[] | undefined {
  let before = 0;
  const used = decisions.map(({ chosen, preempts }) => {
    const sum = before;
    if (chosen >= preempts) before++;
    return sum;
  });
  for (let at = decisions.length - 1; at >= 0; at--) {
    const { chosen, options, preempts } = decisions[at]!;
    const next = chosen + 1;
    if (next >= options || used[at]! + (next >= preempts ? 1 : 0) > bound) continue;
    return [...decisions.slice(0, at).map((decision) => decision.chosen), next];
  }
  return undefined;
}

/** A schedule as text: `position:choice` of each decision that is not 0. */
export function formatSchedule(choices: readonly number[]): string {
  const parts = choices.flatMap((choice, at) => (choice === 0 ? [] : [`${at}:${choice}`]));
  return parts.length === 0 ? '-' : parts.join(',');
}

/** Undefined when the text is no schedule. */
export function parseSchedule(text: string): number[] | undefined {
  if (text === '-') return [];
  if (!/^\d{1,7}:\d{1,4}(,\d{1,7}:\d{1,4})*$/.test(text)) return undefined;
  const choices: number[] = [];
  for (const part of text.split(',')) {
    const [at, choice] = part.split(':').map(Number) as [number, number];
    if (at < choices.length || choice === 0) return undefined;
    while (choices.length < at) choices.push(0);
    choices.push(choice);
  }
  return choices;
}
