/**
 * The functions that run when a signal aborts. A signal has one listener of pageferry, however many regions and readers use it: Node
 * warns of a leak at the eleventh listener (MaxListenersExceededWarning).
 */
const waiting = new WeakMap<AbortSignal, Waiting>();

interface Waiting {
  readonly runs: Set<() => void>;
  readonly listener: () => void;
}

/**
 * Runs a function once, when a signal aborts. One that has aborted already does not run it.
 * @returns ends the wait. Ending it twice does no harm.
 */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal === undefined) return () => undefined;
  const { runs, listener } = waiting.get(signal) ?? listen(signal);
  // The same function may wait twice.
  const entry = (): void => run();
  runs.add(entry);
  return () => {
    if (!runs.delete(entry) || runs.size > 0) return;
    // A signal of a timeout that has a listener stays in memory until its time is over.
    waiting.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function listen(signal: AbortSignal): Waiting {
  const runs = new Set<() => void>();
  const listener = (): void => {
    waiting.delete(signal);
    const last = [...runs];
    runs.clear();
    for (const run of last) run();
  };
  signal.addEventListener('abort', listener, { once: true });
  const all = { runs, listener };
  waiting.set(signal, all);
  return all;
}
