import type { AutopilotMove, AutopilotState } from '../../../src/dashboard/messages.js';
import { DataTable } from '../ui/data-table.js';
import { formatBytes, formatCount, formatMicroseconds } from '../ui/format.js';
import { Panel } from '../ui/panel.js';

/** What an autopilot did and why, what that is predicted to gain, and what it may do on this host. */
export function AutopilotPanel({ autopilot }: { readonly autopilot: AutopilotState }) {
  const { state, problem, policy, policyProblem, bytes, hugeBytes, predictedGainNs, cpuNs, waitNs } =
    autopilot;
  return (
    <Panel
      title="Autopilot"
      note={`${state}, policy ${policy ?? 'not loaded yet'}, ${formatBytes(bytes)} watched`}
    >
      {problem !== null && <p class="note">It has failed: {problem}</p>}
      {policyProblem !== null && <p class="note">The policy decides no more: {policyProblem}</p>}
      <p class="note">
        {formatBytes(hugeBytes)} on huge pages, predicted gain {formatMicroseconds(predictedGainNs / 1000)},
        CPU time {formatMicroseconds(cpuNs / 1000)}, waits of at most {formatMicroseconds(waitNs / 1000)} at
        p99.9
      </p>
      <DataTable
        caption="Memory that it moved, and why"
        columns={[
          { head: 'Change', cell: change, rowHead: true },
          { head: 'Decided by', cell: ({ policy }) => policy },
          { head: 'Reason', cell: ({ reason }) => reason ?? '' },
          { head: 'Calls', cell: ({ calls }) => formatCount(calls), numeric: true },
          { head: 'Bytes', cell: (move) => formatBytes(move.bytes), numeric: true },
        ]}
        rows={autopilot.moves}
        keyOf={({ actuator, policy, reason, from, to }) => [actuator, policy, reason, from, to].join()}
        empty="None so far"
      />
      <DataTable
        caption="Memory that it did not move, by cause"
        columns={[
          { head: 'Kind', cell: ({ actuator }) => actuator, rowHead: true },
          { head: 'Cause', cell: ({ why }) => why },
          { head: 'Bytes', cell: (refusal) => formatBytes(refusal.bytes), numeric: true },
        ]}
        rows={autopilot.refused}
        keyOf={({ actuator, why }) => `${actuator} ${why}`}
        empty="None so far"
      />
      <DataTable
        caption="What it may do on this host"
        columns={[
          { head: 'Kind', cell: ({ name }) => name, rowHead: true },
          { head: 'State', cell: ({ on }) => (on ? 'on' : 'off') },
          { head: 'Why', cell: ({ why }) => why },
        ]}
        rows={autopilot.actuators}
        keyOf={({ name }) => name}
        empty="Nothing"
      />
    </Panel>
  );
}

function change({ actuator, from, to }: AutopilotMove): string {
  if (actuator === 'hugePages') return 'to huge pages';
  return to === null ? 'to swap' : `from node ${from ?? '?'} to node ${to}`;
}
