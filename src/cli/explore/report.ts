import type { Failure } from '../../sim/explore/explore.js';
import { type ReplayCommandOptions, replayCommand } from '../../sim/explore/replay-command.js';
import type { TraceStep } from '../../sim/explore/task.js';
import { formatTable, left } from '../ui/table.js';

/** Violations and steps beyond these are counted, not shown. */
const MAX_VIOLATIONS = 8;
const MAX_LINES = 60;

/** A failing schedule: the violations, the steps of each task, and the command that repeats it. */
export function formatFailure(failure: Failure, options: ReplayCommandOptions = {}): string {
  const { scenario, violations, trace } = failure;
  const shown = violations.slice(0, MAX_VIOLATIONS);
  const more = violations.length - shown.length;
  return [
    `${scenario} breaks:`,
    ...shown.map(({ invariant, figures }) => `  ${invariant}: ${figures}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    '',
    lanes(trace),
    '',
    `Replay: ${replayCommand(failure, options)}`,
  ].join('\n');
}

/** A column for each task, with time downwards. A step within another task's step names the point. */
function lanes(trace: readonly TraceStep[]): string {
  const tasks = [...new Set(trace.map(({ task }) => task))];
  const rows = groups(trace).map(({ step, count }) =>
    tasks.map((task) => {
      if (task === step.task) {
        const where = step.within === undefined ? '' : ` in ${step.point} of ${step.within}`;
        return `${count > 1 ? `${count} steps` : 'step'}${where}`;
      }
      return step.within === task ? '|' : '';
    }),
  );
  const hidden = rows.length - MAX_LINES;
  const table = formatTable(left(...tasks), rows.slice(0, MAX_LINES));
  return hidden > 0 ? `${table}\n… ${hidden} more` : table;
}

/** Steps of one task that follow each other are one line. */
function groups(trace: readonly TraceStep[]): { step: TraceStep; count: number }[] {
  const found: { step: TraceStep; count: number }[] = [];
  for (const step of trace) {
    const last = found.at(-1);
    if (
      last !== undefined &&
      step.within === undefined &&
      last.step.within === undefined &&
      last.step.task === step.task
    ) {
      last.count++;
    } else {
      found.push({ step, count: 1 });
    }
  }
  return found;
}
