import { useState } from 'preact/hooks';
import { MIGRATE_REASONS, type MigrateReason } from '../../../src/mm/reason.js';
import type { BreakevenRow, BreakevenSettings } from '../../../src/sim/experiments/breakeven.js';
import type { CallerBatch } from '../../../src/sim/experiments/caller-batch.js';
import { SURFACE_FOLIOS } from '../../../src/sim/lab/surface-plan.js';
import { SelectField } from '../ui/field.js';
import { formatBytes } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { BreakevenChart } from './breakeven-chart.js';
import { BreakevenTable } from './breakeven-table.js';
import { CallerVerdict } from './caller-verdict.js';
import { Command } from './command.js';
import { breakevenCommand } from './command-line.js';
import { type LabMachine, profileOf } from './lab-machine.js';
import { LabProblem } from './lab-problem.js';
import { RunButton } from './run-button.js';
import { useLabRun } from './use-lab-run.js';
import { useSettled } from './use-settled.js';

const MAX_BYTES = 2 ** 26;
const MIGRATORS = ['dcbm', 'mtcopy', 'cpu'] as const;

/** From which batch on it pays to offload: what `pageferry sim breakeven` prints. */
export function BreakevenPanel({ machine }: { readonly machine: LabMachine }) {
  const [reason, setReason] = useState<MigrateReason>('compaction');
  const [migrator, setMigrator] = useState<(typeof MIGRATORS)[number]>('dcbm');
  const [rows, setRows] = useState<readonly BreakevenRow[]>([]);
  const [caller, setCaller] = useState<CallerBatch | null>(null);
  const { running, problem, run, cancel } = useLabRun();
  const settings: BreakevenSettings = {
    profile: profileOf(machine),
    seed: machine.seed,
    reason,
    migrator,
    channels: machine.channels,
    threads: 2,
    maxBytes: MAX_BYTES,
    hogs: machine.hogs,
    copyMode: machine.copyMode,
  };
  const start = async () => {
    const found: BreakevenRow[] = [];
    const outcome = await run({ kind: 'breakeven', folios: SURFACE_FOLIOS, settings }, (event) => {
      if (event.kind === 'breakeven') found.push(event.row);
      if (event.kind === 'caller') setCaller(event.caller);
    });
    // Rows of two machines do not go together in one line.
    if (outcome === 'done') setRows(found);
  };
  useSettled(JSON.stringify(settings), () => void start());
  return (
    <Panel
      title="Break-even"
      note="the smallest batch for which offloading the copy pays"
      aside={<RunButton running={running} start={() => void start()} cancel={cancel} />}
    >
      <div class="fields roomy">
        <SelectField
          label="Reason"
          hint="migrate_reason"
          value={reason}
          options={MIGRATE_REASONS}
          onChange={setReason}
        />
        <SelectField label="Offloaded by" value={migrator} options={MIGRATORS} onChange={setMigrator} />
      </div>
      <LabProblem text={problem} />
      <div class="pair" aria-busy={running}>
        <BreakevenChart rows={rows} caller={caller} />
        <div class="stack">
          <BreakevenTable rows={rows} />
          {caller !== null && <CallerVerdict caller={caller} reason={reason} />}
          <p class="note">Batches of up to {formatBytes(MAX_BYTES)} were tried.</p>
          <Command label="The same figures:" text={breakevenCommand(settings, machine)} />
        </div>
      </div>
    </Panel>
  );
}
