import { useEffect, useRef, useState } from 'preact/hooks';
import type { LabEvent, LabRequest } from '../../../src/sim/lab/lab-protocol.js';
import { LabClient, type LabOutcome } from './lab-client.js';

export interface LabRun {
  readonly running: boolean;
  /** Why the last request was refused. */
  readonly problem: string | undefined;
  readonly run: (request: LabRequest, tell: (event: LabEvent) => void) => Promise<LabOutcome>;
  readonly cancel: () => void;
}

/** A worker for a panel, which ends with it. */
export function useLabRun(): LabRun {
  const client = useRef<LabClient>(undefined);
  client.current ??= new LabClient();
  const own = client.current;
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState<string>();
  useEffect(() => () => own.cancel(), []);
  const run = async (request: LabRequest, tell: (event: LabEvent) => void): Promise<LabOutcome> => {
    setRunning(true);
    const outcome = await own.run(request, tell);
    setProblem(typeof outcome === 'object' ? outcome.problem : undefined);
    // Who was cancelled for another request goes on running that one.
    setRunning(own.busy);
    return outcome;
  };
  return { running, problem, run, cancel: () => own.cancel() };
}
