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
}

const BAR = 16;
/** Less than the narrowest common terminal, as a line that is as wide as one may wrap. */
const WIDTH = 79;
/** Before that a rate says nothing. */
const LEAST_SECONDS = 0.2;

/** `bench move [####------------]  25 %, run 9 of 36, 0.8/s, 34 s left`: at most 79 columns. */
export function progressLine({ label, done, total, text, of, seconds }: Moment): string {
  const part = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.floor(part * BAR);
  const known = done > 0 && seconds >= LEAST_SECONDS;
  const line = [
    `${label} [${'#'.repeat(filled).padEnd(BAR, '-')}] ${String(Math.floor(part * 100)).padStart(3)} %`,
    ...(text === '' ? [] : [text]),
    ...(known && of === 'things' ? [`${rate(done / seconds)}/s`] : []),
    ...(known && part < 1 ? [`${duration((seconds * (total - done)) / done)} left`] : []),
  ].join(', ');
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
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
