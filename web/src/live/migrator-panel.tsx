import { useState } from 'preact/hooks';
import type { MigratorRequest } from '../../../src/dashboard/messages.js';
import { ask } from '../api/request.js';
import { NumberField, SelectField } from '../ui/field.js';
import { Panel } from '../ui/panel.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';

const MIGRATORS = ['dcbm', 'mtcopy', 'cpu'] as const;
const HOW = { dcbm: 'DMA channels', mtcopy: 'several threads', cpu: 'the migration thread' } as const;
type Name = MigratorRequest['name'];

export function MigratorPanel({ active }: { readonly active: string | null }) {
  const [name, setName] = useState<Name>('dcbm');
  const [channels, setChannels] = useState(2);
  const [threads, setThreads] = useState(2);
  const { run, busy, problem } = useAction();
  const register = () => {
    const width = name === 'dcbm' ? { channels } : name === 'mtcopy' ? { threads } : {};
    return run(() => ask('/api/migrator', { method: 'PUT', body: { name, ...width } }));
  };
  return (
    <Panel title="Migrator" note={active === null ? 'none: folio by folio' : `${active} copies batches`}>
      <div class="fields">
        <SelectField label="Copy with" hint={HOW[name]} value={name} options={MIGRATORS} onChange={setName} />
        {name === 'dcbm' && (
          <NumberField
            label="Channels"
            hint="1 to 16"
            min={1}
            max={16}
            value={channels}
            onChange={setChannels}
          />
        )}
        {name === 'mtcopy' && (
          <NumberField
            label="Threads"
            hint="1 to 64"
            min={1}
            max={64}
            value={threads}
            onChange={setThreads}
          />
        )}
      </div>
      <div class="actions">
        <button type="button" disabled={busy} onClick={register}>
          {active === null ? 'Register' : 'Swap'}
        </button>
        <button
          type="button"
          disabled={busy || active === null}
          onClick={() => run(() => ask('/api/migrator', { method: 'DELETE' }))}
        >
          Unregister
        </button>
      </div>
      <Problem of={problem} />
    </Panel>
  );
}
