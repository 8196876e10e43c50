import type { NodeState } from '../../../src/dashboard/messages.js';
import { BarList } from '../ui/bar-list.js';
import { formatBytes } from '../ui/format.js';
import { Panel } from '../ui/panel.js';

export function PoolsPanel({ nodes }: { readonly nodes: readonly NodeState[] }) {
  const max = Math.max(1, ...nodes.map(({ bytesPooled }) => bytesPooled));
  return (
    <Panel title="Pools" note="free pages that each node holds ready">
      <BarList
        label="Bytes pooled by node"
        bars={nodes.map(({ id, numaNode, emulated, bytesPooled, bytesFree }) => ({
          name: emulated ? `node ${id}, emulated on NUMA node ${numaNode}` : `node ${id}`,
          share: bytesPooled / max,
          text: `${bytesPooled === 0 ? 'none' : formatBytes(bytesPooled)}${bytesFree < 0 ? '' : `, room for ${formatBytes(bytesFree)}`}`,
        }))}
      />
      {nodes.some(({ emulated }) => emulated) && (
        <p class="note">On an emulated node pages are moved, but the distance does not change.</p>
      )}
    </Panel>
  );
}
