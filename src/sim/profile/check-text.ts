import { describe } from '../../common/describe-value.js';

/** They could control the terminal that shows the text. */
const CONTROL = /\p{Cc}/u;

/** The problem of a text of a file that reports repeat. Undefined if they can show it. */
export function textProblem(value: unknown): string | undefined {
  if (value === undefined) return 'is missing';
  if (typeof value !== 'string' || value === '') return `must be a string with text, not ${describe(value)}`;
  return CONTROL.test(value) ? `must be one line of printable text, not ${describe(value)}` : undefined;
}
