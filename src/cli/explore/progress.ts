import { startProgress } from '../ui/progress.js';

/** Told of every schedule. */
export interface ScheduleWatch {
  next(): void;
  stop(): void;
}

/** A bar of the schedules; with a time instead of their number it is of the time, and their rate is told. */
export function watchSchedules(label: string, schedules: number, seconds: number | undefined): ScheduleWatch {
  const started = performance.now();
  let done = 0;
  // Of thousands of schedules a trace has the scenario.
  const traced = false;
  const progress =
    seconds === undefined
      ? startProgress(label, schedules, { traced })
      : startProgress(label, seconds, { traced, of: 'share' });
  return {
    next: () => {
      const elapsed = (performance.now() - started) / 1000;
      done++;
      if (seconds === undefined) progress.update(done, `schedule ${done} of ${schedules}`);
      else progress.update(elapsed, `${done} schedules, ${Math.round(done / elapsed)}/s`);
    },
    stop: () => progress.stop(),
  };
}
