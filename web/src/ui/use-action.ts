import { useState } from 'preact/hooks';
import { RefusedError } from '../api/request.js';

export interface Action {
  readonly busy: boolean;
  /** Why the last one did not succeed. */
  readonly problem: { readonly code: string; readonly text: string } | undefined;
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** Something that is asked of the server: one at a time, and what it says when it refuses. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Action['problem']>(undefined);
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
      setProblem(undefined);
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
}

/** Why a request did not succeed. */
export function problemOf(error: unknown): NonNullable<Action['problem']> {
  if (error instanceof RefusedError) {
    const { code, message, advice } = error;
    return { code, text: advice === undefined ? message : `${message}. ${advice}` };
  }
  return { code: 'EIO', text: 'the ferry does not answer' };
}
