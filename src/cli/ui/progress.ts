import { SingleBar } from 'cli-progress';
import { commandTrace } from '../trace/command-trace.js';
import { type Moment, progressLine } from './progress-line.js';

/** A progress bar on standard error, if that is a terminal. */
export interface Progress {
  /** @param text Shown behind the bar. */
  update(done: number, text?: string): void;
  stop(): void;
}

export interface ProgressOptions {
  /** `things` such as runs are counted with their rate. A `share` of the work (percent, seconds) has no rate. */
  readonly of?: 'things' | 'share';
  /** Whether each update is a step of the command's trace, too; default true. */
  readonly traced?: boolean;
  readonly stream?: NodeJS.WriteStream;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

export function startProgress(label: string, total: number, options: ProgressOptions = {}): Progress {
  const { of = 'things', traced = true, stream = process.stderr, now = () => performance.now() } = options;
  const { TERM } = process.env;
  commandTrace.beginSteps();
  if (process.send !== undefined) return reportToParent(total);
  const step = (text: string): void => {
    if (traced) commandTrace.step(text);
  };
  // A dumb terminal cannot go back to the start of a line.
  if (stream.isTTY !== true || TERM === 'dumb') {
    return {
      update: (done, text = '') => step(text === '' ? `${done} of ${total}` : text),
      stop: () => undefined,
    };
  }
  const started = now();
  let first: Moment['first'];
  const bar = new SingleBar({
    format: (_, { value }, { text }: { text: string }) =>
      progressLine({
        label,
        done: value,
        total,
        text,
        of,
        seconds: (now() - started) / 1000,
        first,
        columns: Math.min(80, stream.columns || 80),
      }),
    stream,
    clearOnComplete: true,
    // A command that a signal ends could not show the cursor again, nor make the terminal wrap lines again.
    hideCursor: false,
    linewrap: true,
    gracefulExit: false,
  });
  bar.start(total, 0, { text: '' });
  return {
    update: (done, text = '') => {
      step(text === '' ? `${done} of ${total}` : text);
      if (done > 0) first ??= { done, seconds: (now() - started) / 1000 };
      bar.update(Math.min(done, total), { text });
    },
    stop: () => bar.stop(),
  };
}

/** Shows a bar while `measure` makes `total` runs, and calls its argument after each. */
export async function countRuns<T>(
  label: string,
  total: number,
  measure: (onRun: () => void) => Promise<T>,
): Promise<T> {
  const progress = startProgress(label, total);
  let done = 0;
  try {
    return await measure(() => progress.update(++done, `run ${done} of ${total}`));
  } finally {
    progress.stop();
  }
}

/** A message to a parent process that started the command with a message channel. */
export interface ProgressMessage {
  readonly progress: { readonly done: number; readonly total: number };
}

export function isProgressMessage(message: unknown): message is ProgressMessage {
  const { progress } = Object(message) as Partial<ProgressMessage>;
  return Number.isFinite(progress?.done) && Number.isFinite(progress?.total);
}

/** For `pageferry serve`, whose page has its own bar. */
function reportToParent(total: number): Progress {
  const report = (done: number) => {
    // The parent may have exited. Its error is ignored.
    process.send?.(
      { progress: { done: Math.min(done, total), total } } satisfies ProgressMessage,
      () => undefined,
    );
  };
  report(0);
  return { update: report, stop: () => undefined };
}
