import { SingleBar } from 'cli-progress';
import { commandTrace } from '../trace/command-trace.js';
import { type Moment, progressLine } from './progress-line.js';
import type { ProgressMessage } from './progress-message.js';

/** A progress bar on standard error; nothing at all where nobody watches. */
export interface Progress {
  /** `text` is shown behind the bar. */
  update(done: number, text?: string): void;
  stop(): void;
}

export interface ProgressOptions {
  /**
   * What is counted: `things` (runs, cells: how many a second is told), or a `share` of what there is to do (percent,
   * seconds: only the time that is left is told).
   */
  readonly of?: 'things' | 'share';
  /** Whether each update is a step of the command's trace, too; default true. */
  readonly traced?: boolean;
  /** Where it is drawn, if that is a terminal. */
  readonly stream?: NodeJS.WriteStream;
  /** Milliseconds of a clock that goes forward only. */
  readonly now?: () => number;
}

export function startProgress(label: string, total: number, options: ProgressOptions = {}): Progress {
  const { of = 'things', traced = true, stream = process.stderr, now = () => performance.now() } = options;
  const { TERM } = process.env;
  commandTrace.beginSteps();
  if (process.send !== undefined) return tellParent(total);
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
    // No colours, so there is nothing for NO_COLOR to take away.
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
    // A command that Ctrl-C ends at once could not bring it back.
    hideCursor: false,
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

/** Started by `pageferry serve`: the page has a bar of its own. */
function tellParent(total: number): Progress {
  const tell = (done: number) => {
    // The parent may be gone, and then nobody need know.
    process.send?.(
      { progress: { done: Math.min(done, total), total } } satisfies ProgressMessage,
      () => undefined,
    );
  };
  tell(0);
  return { update: tell, stop: () => undefined };
}
