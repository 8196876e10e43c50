import { RandomStream } from '../../common/random.js';

/** One decision of a schedule: the thread that runs. */
export interface Decision {
  readonly chosen: number;
  readonly options: number;
  /** Options from this one on are preemptions: they leave a thread that could continue. */
  readonly preempts: number;
}

/** The source of a schedule's decisions. Option 0 is that the running thread continues. */
export interface Chooser {
  /** @param preempts The first option that is a preemption; `options` if none is. */
  choose(options: number, preempts: number): number;
}

/** One in this many decisions leaves the running thread. */
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

/** The decisions of a given schedule, and then option 0. */
export class ReplayChooser implements Chooser {
  readonly #choices: readonly number[];
  #next = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  choose(options: number): number {
    const choice = this.#choices[this.#next++] ?? 0;
    // A schedule of another version may name an option that does not exist.
    return Math.min(choice, options - 1);
  }
}

/** Records the decisions of another chooser. */
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
 * The next schedule in a walk of all schedules with at most `bound` preemptions. The last decisions change first. Undefined
 * after the last schedule.
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

/** Undefined when the text is not a schedule. */
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
