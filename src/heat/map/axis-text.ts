/** Steps between ticks of an axis of time, in seconds. */
const SECOND_STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
  3600, 7200, 21_600, 43_200, 86_400, 172_800, 604_800,
];

export interface Tick {
  /** Position on the axis, 0 to 1. */
  readonly place: number;
  readonly text: string;
}

/** Ticks of an axis from 0 to `seconds`, at most `max` + 1. */
export function timeTicks(seconds: number, max: number): Tick[] {
  const last = SECOND_STEPS.at(-1)!;
  const step = SECOND_STEPS.find((each) => seconds / each <= max) ?? last * Math.ceil(seconds / last / max);
  const count = Math.floor(seconds / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => ({
    place: (i * step) / seconds,
    text: showSeconds(i * step),
  }));
}

/** `0 s`, `0.5 s`, `90 s`, `2:30 min`, `1:00 h`. */
export function showSeconds(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours === 0 ? `${minutes}:${two(rest)} min` : `${hours}:${two(minutes)} h`;
}

/** Ticks of an axis of `bytes` from `offset` on, at most `max` + 1, at round sizes (powers of two). */
export function byteTicks(
  offset: number,
  bytes: number,
  max: number,
  show: (bytes: number) => string,
): Tick[] {
  const step = 2 ** Math.ceil(Math.log2(bytes / max));
  const first = Math.ceil(offset / step) * step;
  const ticks: Tick[] = [];
  for (let at = first; at <= offset + bytes; at += step) {
    ticks.push({ place: (at - offset) / bytes, text: at === 0 ? '0' : show(at) });
  }
  return ticks;
}

/** An offset in the largest unit in which it is a whole number, because neighbours must differ. */
export function exactSize(bytes: number): string {
  const unit = [2 ** 30, 2 ** 20].find((each) => bytes % each === 0) ?? 1024;
  return bytes === 0 ? '0' : `${bytes / unit}${unit === 1024 ? 'K' : unit === 2 ** 20 ? 'M' : 'G'}`;
}

/** A rate with two digits: `0.00098`, `0.25`, `16`, `4.1k`. */
export function showRate(rate: number): string {
  const rounded = Number(rate.toPrecision(2));
  if (rounded >= 1e6) return `${rounded / 1e6}M`;
  return rounded >= 1000 ? `${rounded / 1000}k` : String(rounded);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
