import { useState } from 'preact/hooks';
import { PAGE_SIZE } from '../../../src/common/page.js';
import { COPY_MODES, type CopyMode } from '../../../src/mm/copy-mode.js';
import type { MigrateReason } from '../../../src/mm/reason.js';
import { ask } from '../api/request.js';
import type { LiveModel } from '../model/live-model.js';
import { CheckField, NumberField, SelectField } from '../ui/field.js';
import { formatBytes } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';
import { MigrationRow } from './migration-row.js';

/** Reasons of the kernel's that a user would give. */
const REASONS = [
  'syscall',
  'mempolicy_mbind',
  'numa_misplaced',
  'demotion',
  'compaction',
  'damon',
] as const satisfies readonly MigrateReason[];

const WHO_WAITS: Readonly<Record<CopyMode, string>> = {
  exclusive: 'readers and writers wait',
  'write-protected': 'readers continue',
};

export function MigratePanel({ model }: { readonly model: LiveModel }) {
  const { regions, nodes, migrations, batchBytes, canWriteProtect } = model;
  const [region, setRegion] = useState<string | undefined>(undefined);
  const [to, setTo] = useState<string | undefined>(undefined);
  const [reason, setReason] = useState<(typeof REASONS)[number]>('syscall');
  const [batch, setBatch] = useState(batchBytes / PAGE_SIZE);
  const [copyMode, setCopyMode] = useState<CopyMode>('exclusive');
  const [repeat, setRepeat] = useState(false);
  const { run, busy, problem } = useAction();
  const regionId = Number(region ?? regions[0]?.id);
  const target = Number(to ?? nodes[1]?.id ?? nodes[0]?.id);
  const folios = regions.find(({ id }) => id === regionId)?.folioSize;
  const running = migrations.some((one) => one.region === regionId && one.status === 'running');
  const start = () =>
    run(() =>
      ask('/api/migrations', {
        method: 'POST',
        body: { region: regionId, to: target, reason, batchBytes: batch * PAGE_SIZE, copyMode, repeat },
      }),
    );
  if (regions.length === 0) {
    return (
      <Panel title="Migrate">
        <p class="note">The ferry has no memory. The program has not adopted or allocated any.</p>
      </Panel>
    );
  }
  return (
    <Panel title="Migrate" note={folios === undefined ? undefined : `folios of ${formatBytes(folios)}`}>
      <div class="fields">
        <SelectField
          label="Region"
          value={String(regionId)}
          options={regions.map(({ id, name, bytes }) => ({
            value: String(id),
            text: `${name} (${formatBytes(bytes)})`,
          }))}
          onChange={setRegion}
        />
        <SelectField
          label="To"
          value={String(target)}
          options={nodes.map(({ id, emulated }) => ({
            value: String(id),
            text: `node ${id}${emulated ? ' (emulated)' : ''}`,
          }))}
          onChange={setTo}
        />
        <SelectField label="Reason" value={reason} options={REASONS} onChange={setReason} />
        <NumberField
          label="Batch"
          hint="pages of 4K"
          min={1}
          max={batchBytes / PAGE_SIZE}
          value={batch}
          onChange={setBatch}
        />
        {canWriteProtect && (
          <SelectField
            label="Copy mode"
            hint={WHO_WAITS[copyMode]}
            value={copyMode}
            options={COPY_MODES}
            onChange={setCopyMode}
          />
        )}
      </div>
      <CheckField label="Back and forth" hint="until stopped" checked={repeat} onChange={setRepeat} />
      <div class="actions">
        <button type="button" class="primary" disabled={busy || running} onClick={start}>
          Migrate
        </button>
      </div>
      <Problem of={problem} />
      {migrations.length > 0 && (
        <ul class="migrations" aria-label="Migrations started here, the newest first">
          {migrations.slice(0, 3).map((migration) => (
            <MigrationRow key={migration.id} migration={migration} />
          ))}
        </ul>
      )}
    </Panel>
  );
}
