import type { StoryDecision, StoryEvent } from '../../../src/sim/explore/story.js';

/** A task is at a point before it does what that is named for. */
const POINTS: Readonly<Record<string, string>> = {
  protect: 'next: write-protect',
  unmap: 'next: unmap',
  flush: 'next: flush',
  copy: 'next: copy a folio',
  map: 'next: map',
  undo: 'next: put back the rest',
  unprotect: 'next: end the protection',
  pause: 'next: pause, then retry',
  wait: 'waits for the copy',
};

/** An event in a few words, for its lane. */
export function textOf({ kind, point, within, acts }: StoryEvent): string {
  switch (kind) {
    case 'begin':
      return within === undefined ? 'step' : 'concurrent step';
    case 'point':
      return POINTS[point!] ?? point!;
    case 'end':
      return acts.length === 0 ? 'over' : acts.join(', ');
    case 'rest':
      return 'all idle';
  }
}

/** A decision as `--replay` writes it, and who was passed over. */
export function decisionText({ position, chosen, options }: StoryDecision): string {
  const who = options[chosen]!;
  return chosen === 0 ? `${who} continues` : `${position}:${chosen} – ${who}, not ${options[0]}`;
}

/** The sentence that a screen reader says for an event. */
export function sentenceOf(event: StoryEvent): string {
  const { kind, task, within, now, broken } = event;
  const where = within === undefined ? '' : `, within ${within}`;
  const what = kind === 'rest' ? 'everything is idle' : `${task}: ${textOf(event)}${where}`;
  const wrong = broken.length === 0 ? '' : `. It breaks: ${broken.join(', ')}`;
  return `${formatNanoseconds(now)}: ${what}${wrong}`;
}

/** Virtual time as microseconds, to a tenth. */
export function formatNanoseconds(ns: number): string {
  if (ns >= 1e9) return `${(ns / 1e9).toFixed(3)} s`;
  return `${(ns / 1000).toFixed(1)} µs`;
}
