/** How far something has come. */
export interface Moment {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** What is being done; may be empty. */
  readonly text: string;
  readonly of: 'things' | 'share';
  /** Since it was started. */
  readonly seconds: number;
  /** How far it was when it was first heard of, and after how long: what came before that was preparation, too. */
  readonly first?: { readonly done: number; readonly seconds: number } | undefined;
  /** Of the terminal; default 80. A line is narrower, because one that is as wide may wrap. */
  readonly columns?: number | undefined;
}

const BAR = 16;
/** Before that a rate says nothing. */
const MIN_SECONDS = 0.2;
/** Beyond that it is told that something goes on, though nothing is done yet. */
const QUIET_SECONDS = 1;

/** `bench move [####------------]  25 %, run 9 of 36, 0.8/s, 34 s left`: narrower than the terminal. */
export function progressLine(moment: Moment): string {
  const { label, done, total, text, of, seconds, first, columns = 80 } = moment;
  const part = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.floor(part * BAR);
  // A first run with all that is prepared for it would make the others look slow.
  const since = first !== undefined && done > first.done ? first : { done: 0, seconds: 0 };
  const [gone, spent] = [done - since.done, seconds - since.seconds];
  const known = gone > 0 && spent >= MIN_SECONDS;
  const line = [
    `${label} [${'#'.repeat(filled).padEnd(BAR, '-')}] ${String(Math.floor(part * 100)).padStart(3)} %`,
    ...(text === '' ? [] : [text]),
    ...(done === 0 && seconds >= QUIET_SECONDS ? [`${duration(seconds)} so far`] : []),
    ...(known && of === 'things' ? [`${rate(gone / spent)}/s`] : []),
    ...(known && part < 1 ? [`${duration((spent * (total - done)) / gone)} left`] : []),
  ].join(', ');
  const width = columns - 1;
  if (line.length <= width) return line;
  // The time that is left is worth more than what is being done.
  if (text !== '') return progressLine({ ...moment, text: shorter(text, line.length - width) });
  return `${line.slice(0, width - 3)}...`;
}

/** Less of a text, or nothing where little would be left. */
function shorter(text: string, by: number): string {
  const left = text.length - by - 3;
  return left > 0 ? `${text.slice(0, left)}...` : '';
}

/** Two digits at least. */
function rate(perSecond: number): string {
  return perSecond >= 1e6
    ? `${(perSecond / 1e6).toFixed(1)} M`
    : perSecond.toFixed(perSecond < 1 ? 2 : perSecond < 10 ? 1 : 0);
}

/** `9 s`, `2:05` minutes, `1:02:05` hours. */
function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
