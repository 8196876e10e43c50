import type { NodeState } from '../../../src/dashboard/messages.js';
import { BarList } from '../ui/bar-list.js';
import { formatBytes } from '../ui/format.js';
import { Panel } from '../ui/panel.js';

export function PoolsPanel({ nodes }: { readonly nodes: readonly NodeState[] }) {
  const most = Math.max(1, ...nodes.map(({ bytesStocked }) => bytesStocked));
  return (
    <Panel title="Pools" note="free pages that each node holds ready">
      <BarList
        label="Bytes stocked by node"
        bars={nodes.map(({ id, numaNode, emulated, bytesStocked, bytesFree }) => ({
          name: emulated ? `node ${id}, emulated on NUMA node ${numaNode}` : `node ${id}`,
          share: bytesStocked / most,
          text: `${bytesStocked === 0 ? 'none' : formatBytes(bytesStocked)}${bytesFree < 0 ? '' : `, room for ${formatBytes(bytesFree)}`}`,
        }))}
      />
      {nodes.some(({ emulated }) => emulated) && (
        <p class="note">On an emulated node pages really move, but the distance does not change.</p>
      )}
    </Panel>
  );
}
