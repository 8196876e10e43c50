import { useMemo, useState } from 'preact/hooks';
import { PROGRAM_ROLES, type ProgramRole } from '../../../src/dashboard/messages.js';
import { ask } from '../api/request.js';
import type { LiveModel } from '../model/live-model.js';
import { Chart } from '../ui/chart.js';
import { DataTable } from '../ui/data-table.js';
import { formatCount, formatMicroseconds } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';
import { longest, percentile } from './waits.js';

const TICKS_US = [0.1, 10, 1000, 1e5];
const X = {
  label: 'time of an access',
  log: 10,
  min: 0.1,
  max: 1e6,
  ticks: TICKS_US,
  format: (us: number) => formatMicroseconds(us).replace(' ', '\u202f'),
} as const;
const Y = {
  label: 'accesses',
  log: 10,
  min: 0.8,
  max: 1e9,
  ticks: [1, 1e3, 1e6, 1e9],
  format: compact,
} as const;
const SERIES = [
  { label: 'readers', color: 'series-1', steps: true, fill: true },
  { label: 'writers', color: 'series-2', steps: true, dash: [6, 3] },
] as const;

export function WaitsPanel({ program }: { readonly program: LiveModel['program'] }) {
  const { run, busy, problem } = useAction();
  const [from, setFrom] = useState<Readonly<Record<ProgramRole, readonly number[]>> | undefined>(undefined);
  const waits = program?.waits;
  const shown = useMemo(
    () => ({ reader: since(waits?.reader, from?.reader), writer: since(waits?.writer, from?.writer) }),
    [waits, from],
  );
  if (program === null) {
    return (
      <Panel title="Waits of the program">
        <p class="note">
          Only a program itself can measure how long it waits for its memory. <code>pageferry serve</code>{' '}
          starts threads that measure it.
        </p>
      </Panel>
    );
  }
  const { bucketsNs, running, readers, writers } = program;
  const data = [
    bucketsNs.map((ns) => ns / 1000),
    ...PROGRAM_ROLES.map((role) => values(shown[role], bucketsNs.length)),
  ];
  return (
    <Panel
      title="Waits of the program"
      note={`${number(readers, 'reader')}, ${number(writers, 'writer')}${running ? '' : ', held'}`}
      aside={
        <>
          <button type="button" onClick={() => setFrom(program.waits)}>
            From now
          </button>
          <button
            type="button"
            disabled={busy}
            onClick={() => run(() => ask('/api/program', { method: 'PUT', body: { running: !running } }))}
          >
            {running ? 'Pause threads' : 'Resume threads'}
          </button>
        </>
      }
    >
      <Chart
        label="Histogram of how long reads and updates took, both axes logarithmic; the table below has the percentiles"
        x={X}
        y={Y}
        series={SERIES}
        data={data}
        height={180}
      />
      <DataTable
        caption="Time of an access, both clock reads included; an access to a page in flight waits for its batch"
        columns={[
          { head: 'Threads', cell: (role: ProgramRole) => `${role}s`, rowHead: true },
          { head: 'p50', cell: (role) => text(percentile(shown[role], bucketsNs, 0.5)), numeric: true },
          { head: 'p99', cell: (role) => text(percentile(shown[role], bucketsNs, 0.99)), numeric: true },
          { head: 'p99.99', cell: (role) => text(percentile(shown[role], bucketsNs, 0.9999)), numeric: true },
          { head: 'Longest', cell: (role) => text(longest(shown[role], bucketsNs)), numeric: true },
          { head: 'Accesses', cell: (role) => formatCount(sum(shown[role])), numeric: true },
        ]}
        rows={PROGRAM_ROLES}
        keyOf={(role) => role}
      />
      <Problem of={problem} />
    </Panel>
  );
}

function since(counts: readonly number[] = [], before: readonly number[] = []): readonly number[] {
  return counts.map((count, i) => count - (before[i] ?? 0));
}

/** Nothing cannot be drawn on a logarithmic axis. */
function values(counts: readonly number[], length: number): readonly (number | null)[] {
  return Array.from({ length }, (_, i) => ((counts[i] ?? 0) > 0 ? counts[i]! : null));
}

function text(ns: number | undefined): string {
  return ns === undefined ? '–' : formatMicroseconds(ns / 1000);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function number(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function compact(value: number): string {
  return new Intl.NumberFormat('en-US', { notation: 'compact' }).format(value);
}
