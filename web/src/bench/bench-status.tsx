import type { BenchState } from '../../../src/dashboard/messages.js';

/** How far a bench is, or how it ended; and how it would be typed. */
export function BenchStatus({ state }: { readonly state: BenchState }) {
  const { status, done, total, command, problem } = state;
  return (
    <div class="stack">
      <p class="bench-state" role="status" data-status={status}>
        {status === 'running' && total > 0 ? `running: run ${Math.min(done + 1, total)} of ${total}` : status}
      </p>
      {status === 'running' && (
        <progress aria-label="Runs of the bench" {...(total > 0 ? { value: done, max: total } : {})} />
      )}
      <code class="bench-command">{command}</code>
      {problem !== null && <p class="problem">{problem}</p>}
    </div>
  );
}
