export interface Moment {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** The current step; may be empty. */
  readonly text: string;
  readonly of: 'things' | 'share';
  /** Since the start. */
  readonly seconds: number;
  /** The first update. The time before it includes preparation, and does not count for the rate. */
  readonly first?: { readonly done: number; readonly seconds: number } | undefined;
  /** Columns of the terminal, by default 80. The line is narrower, because a full line may wrap. */
  readonly columns?: number | undefined;
}

const BAR = 16;
/** Rates over less time are not shown. */
const MIN_SECONDS = 0.2;
/** After this time without progress, the line shows the time so far. */
const QUIET_SECONDS = 1;

/** `bench move [####------------]  25 %, run 9 of 36, 0.8/s, 34 s left`: narrower than the terminal. */
export function progressLine(moment: Moment): string {
  const { label, done, total, text, of, seconds, first, columns = 80 } = moment;
  const part = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.floor(part * BAR);
  // The first run includes the preparation of all runs.
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
  // The text is shortened first.
  if (text !== '') return progressLine({ ...moment, text: shorter(text, line.length - width) });
  return `${line.slice(0, width - 3)}...`;
}

/** A text with `by` characters less, or nothing. */
function shorter(text: string, by: number): string {
  const left = text.length - by - 3;
  return left > 0 ? `${text.slice(0, left)}...` : '';
}

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
