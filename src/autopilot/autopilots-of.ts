import type { AutopilotReport } from './autopilot.js';

/** Reports by ferry: of autopilots that work, and the last ones of those that have ended. */
const reports = new WeakMap<object, Set<() => AutopilotReport>>();

/** Counts an autopilot among those of its ferry. Returns a function to be called at its end, which keeps its last report. */
export function countAutopilot(ferry: object, report: () => AutopilotReport): () => void {
  const known = reports.get(ferry) ?? new Set();
  reports.set(ferry, known.add(report));
  return () => {
    const last = report();
    known.delete(report);
    known.add(() => last);
  };
}

/** Reports of all autopilots that a ferry has had, one after the other. Counters of a ferry never fall. */
export function reportsOf(ferry: object): AutopilotReport[] {
  return [...(reports.get(ferry) ?? [])].map((report) => report());
}
