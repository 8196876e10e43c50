import { SingleBar } from 'cli-progress';
import { commandTrace } from './trace/command-trace.js';

/** A progress bar on standard error; nothing at all where nobody watches. */
export interface Progress {
  /** `text` is shown behind the bar. */
  update(done: number, text?: string): void;
  stop(): void;
}

export function startProgress(label: string, total: number): Progress {
  commandTrace.beginSteps();
  if (process.stderr.isTTY !== true) {
    return {
      update: (done, text) => commandTrace.step(text ?? `${done} of ${total}`),
      stop: () => undefined,
    };
  }
  const bar = new SingleBar({
    // No colours, so there is nothing for NO_COLOR to take away.
    format: `${label} [{bar}] {percentage} % {text}`,
    barsize: 30,
    barCompleteChar: '#',
    barIncompleteChar: '-',
    stream: process.stderr,
    clearOnComplete: true,
    // The command ends itself cleanly on a signal, with the bar among the rest.
    gracefulExit: false,
  });
  bar.start(total, 0, { text: '' });
  return {
    update: (done, text = '') => {
      commandTrace.step(text === '' ? `${done} of ${total}` : text);
      bar.update(Math.min(done, total), { text });
    },
    stop: () => bar.stop(),
  };
}
