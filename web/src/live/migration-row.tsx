import type { MigrationState } from '../../../src/dashboard/messages.js';
import { ask } from '../api/request.js';
import { formatBytes, formatCount, formatSpeed } from '../ui/format.js';
import { useAction } from '../ui/use-action.js';

/** One migration: how far it is, and a button that stops it. */
export function MigrationRow({ migration }: { readonly migration: MigrationState }) {
  const { id, regionName, to, status, bytesMoved, bytesTotal, problem } = migration;
  const { run, busy } = useAction();
  const running = status === 'running';
  return (
    <li class="migration">
      <div class="migration-head">
        <span>
          {regionName} to node {to}
        </span>
        <span class="note" data-status={status}>
          {status}
        </span>
        {running && (
          <button
            type="button"
            class="stop"
            disabled={busy}
            onClick={() => run(() => ask(`/api/migrations/${id}`, { method: 'DELETE' }))}
          >
            Stop
          </button>
        )}
      </div>
      {running && (
        <progress value={bytesMoved} max={bytesTotal} aria-label={`Migration ${id} of ${regionName}`}>
          {Math.round((bytesMoved / bytesTotal) * 100)} %
        </progress>
      )}
      <p class="note">{summary(migration)}</p>
      {problem !== null && <p class="problem">{problem}</p>}
    </li>
  );
}

function summary(migration: MigrationState): string {
  const { rounds, bytesInAll, durationNs, bytesMoved, bytesTotal, foliosFailed, repeat, status } = migration;
  const parts = [
    status === 'running'
      ? `${formatBytes(bytesMoved)} of ${formatBytes(bytesTotal)}`
      : `${formatBytes(bytesInAll)} moved`,
  ];
  if (repeat) parts.push(`${formatCount(rounds)} ${rounds === 1 ? 'round' : 'rounds'}`);
  if (durationNs > 0 && bytesInAll > 0) parts.push(`${formatSpeed((bytesInAll / durationNs) * 1e9)} GB/s`);
  if (foliosFailed > 0) parts.push(`${formatCount(foliosFailed)} folios failed`);
  return parts.join(' · ');
}
