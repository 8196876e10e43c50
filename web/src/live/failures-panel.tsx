import type { FallbackCause } from '../../../src/mm/fallback-cause.js';
import type { LiveModel } from '../model/live-model.js';
import { DataTable } from '../ui/data-table.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { Panel } from '../ui/panel.js';

interface Row {
  readonly name: string;
  readonly what: string;
  readonly amount: string;
}

const FALLBACKS: Readonly<Record<FallbackCause, string>> = {
  declined: 'the migrator declined',
  refused: 'no free channel',
  failed: 'the copy failed',
  threw: 'the migrator threw',
  timed_out: 'timed out',
  nonsense: 'invalid result',
  unverified: 'differs from its source',
  unmarked: 'not marked as copied',
};

export function FailuresPanel({ model }: { readonly model: LiveModel }) {
  const { stats, migrations } = model;
  const count = (name: string) => stats[name] ?? 0;
  const fallbacks = Object.entries(FALLBACKS).map(([name, what]) => ({
    name,
    what,
    count: count(`fallbacks_${name}`),
  }));
  const rows: Row[] = fallbacks
    .filter(({ count }) => count > 0)
    .map(({ name, what, count }) => ({ name, what, amount: formatCount(count) }));
  return (
    <Panel title="Fallbacks and failures" note="no data is lost">
      <DataTable
        caption="Folios that the CPU copied instead, by cause"
        columns={[
          { head: 'Cause', cell: (row) => row.name, rowHead: true },
          { head: 'Meaning', cell: (row) => row.what },
          { head: 'Folios', cell: (row) => row.amount, numeric: true },
        ]}
        rows={rows}
        keyOf={(row) => row.name}
        empty="None so far"
      />
      <DataTable
        caption="Memory that did not move, by errno, of the migrations started here"
        columns={[
          { head: 'Errno', cell: (row) => row.name, rowHead: true },
          { head: 'Bytes', cell: (row) => row.amount, numeric: true },
        ]}
        rows={errnos(migrations)}
        keyOf={(row) => row.name}
        empty="None so far"
      />
      <p class="note">
        {formatCount(count('retries'))} retries, {formatCount(count('splits'))} folios split,{' '}
        {formatCount(count('write_protected_stale'))} stale copies repeated
      </p>
    </Panel>
  );
}

function errnos(migrations: LiveModel['migrations']): readonly Row[] {
  const bytes = new Map<string, number>();
  for (const { failures } of migrations) {
    for (const [errno, more] of Object.entries(failures)) bytes.set(errno, (bytes.get(errno) ?? 0) + more);
  }
  return [...bytes].map(([name, amount]) => ({ name, what: '', amount: formatBytes(amount) }));
}
