import { useEffect, useRef } from 'preact/hooks';

/** A slider that is dragged asks once, when it rests. */
const REST_MS = 200;

/** Calls `action` at first, and whenever `key` has changed and stayed the same for a moment. */
export function useSettled(key: string, action: () => void): void {
  const latest = useRef(action);
  latest.current = action;
  useEffect(() => {
    const timer = setTimeout(() => latest.current(), REST_MS);
    return () => clearTimeout(timer);
  }, [key]);
}
