import type { LiveModel } from '../model/live-model.js';
import { Figure } from '../ui/figure.js';
import { formatCount } from '../ui/format.js';

export function KeyFigures({ model }: { readonly model: LiveModel }) {
  const { stats, history, activeMigrator } = model;
  const count = (name: string) => stats[name] ?? 0;
  const batches = count('batches');
  const offloaded = batches === 0 ? 0 : count('offload_batches') / batches;
  const moving = model.migrations.some(({ status }) => status === 'running');
  return (
    <dl class="figures">
      <Figure label="Throughput" value={history.now.toFixed(2)} unit="GB/s" note="mean of the last second" />
      <Figure
        label="Moved"
        value={(count('bytes_moved') / 1e9).toFixed(1)}
        unit="GB"
        note="since it was opened"
      />
      <Figure
        label="Batches"
        value={formatCount(batches)}
        note={`${Math.round(offloaded * 100)} % offloaded`}
      />
      <Figure
        label="Fell back"
        value={formatCount(count('fallbacks'))}
        unit="folios"
        note="copied by the CPU instead"
      />
      <Figure
        label="Failed"
        value={formatCount(count('folios_failed'))}
        unit="folios"
        note="did not move"
        tone={count('folios_failed') > 0 ? 'bad' : 'plain'}
      />
      <Figure label="Migrator" value={activeMigrator ?? 'none'} note={moving ? 'migrating' : 'idle'} />
    </dl>
  );
}
