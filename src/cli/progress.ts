import { SingleBar } from 'cli-progress';
import type { ProgressMessage } from './progress-message.js';

/** A progress bar on standard error; nothing at all where nobody watches. */
export interface Progress {
  /** `text` is shown behind the bar. */
  update(done: number, text?: string): void;
  stop(): void;
}

export function startProgress(label: string, total: number): Progress {
  if (process.send !== undefined) return tellParent(total);
  if (process.stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
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
    update: (done, text = '') => bar.update(Math.min(done, total), { text }),
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
