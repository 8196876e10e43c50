import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api/request.js';
import { type Action, problemOf } from '../ui/use-action.js';

/** The last request. They go out one after the other, so that the last one counts. */
let last: Promise<unknown> = Promise.resolve();

function inTurn(work: () => Promise<unknown>): Promise<unknown> {
  const mine = last.then(work);
  last = mine.catch(() => undefined);
  return mine;
}

/**
 * Has the heat of a region sent to this page's stream while it is on, this is shown, and the page is visible. Returns why
 * the server refused that for this region.
 */
export function useHeatWatch(stream: number, region: number | undefined, on: boolean): Action['problem'] {
  const [refused, setRefused] = useState<Refused | undefined>(undefined);
  const visible = useVisible();
  useEffect(() => {
    if (region === undefined || !on || !visible) return undefined;
    const path = `/api/live/${stream}/heat`;
    let over = false;
    setRefused(undefined);
    inTurn(() => ask(path, { method: 'PUT', body: { region } })).catch((error: unknown) => {
      if (!over) setRefused({ region, problem: problemOf(error) });
    });
    return () => {
      over = true;
      // A stream that has ended watches nothing any more, and its number is unknown.
      inTurn(() => ask(path, { method: 'DELETE' })).catch(() => undefined);
    };
  }, [stream, region, on, visible]);
  return refused?.region === region ? refused?.problem : undefined;
}

interface Refused {
  readonly region: number;
  readonly problem: Action['problem'];
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const changed = () => setVisible(!document.hidden);
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  }, []);
  return visible;
}
