import { useEffect, useState } from 'preact/hooks';
import type { BenchAnswer, BenchState } from '../../../src/dashboard/messages.js';
import { askFor } from '../api/request.js';
import type { LiveModel } from '../model/live-model.js';

const NOTHING: BenchAnswer = { state: null, report: null };

/** The last bench as the stream has it, and its report, asked for when it is there. */
export function useReport({ canBench, bench }: LiveModel): {
  readonly state: BenchState | null;
  readonly report: unknown;
} {
  const [answer, setAnswer] = useState(NOTHING);
  const id = bench?.id;
  const status = bench?.status;
  useEffect(() => {
    if (!canBench) return;
    const end = new AbortController();
    askFor<BenchAnswer>('/api/bench', { signal: end.signal }).then(setAnswer, () => undefined);
    return () => end.abort();
  }, [canBench, id, status]);
  const state = bench ?? answer.state;
  return { state, report: state?.id === answer.state?.id ? answer.report : null };
}
