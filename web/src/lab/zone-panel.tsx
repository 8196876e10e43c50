import { useState } from 'preact/hooks';
import { COMPACT_CLUSTER_MAX } from '../../../src/sim/compaction/zone-compactor.js';
import type { CompactionCell } from '../../../src/sim/experiments/compaction.js';
import { SIM_MIGRATORS, type SimMigrator } from '../../../src/sim/experiments/move.js';
import { NumberField, RangeField, SelectField } from '../ui/field.js';
import { formatCount } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { Command } from './command.js';
import { compactionCommand } from './command-line.js';
import { type LabMachine, profileOf } from './lab-machine.js';
import { LabProblem } from './lab-problem.js';
import { useZone } from './use-zone.js';
import { ZoneCanvas } from './zone-canvas.js';
import { ZoneFigures } from './zone-figures.js';
import { ZoneLegend } from './zone-legend.js';
import './zone.css';

const SIZES = ['16', '64', '256', '512'];
const THREADS = 2;

/** A zone that is fragmented and compacted, page by page: one row of what `pageferry sim compaction` prints. */
export function ZonePanel({ machine }: { readonly machine: LabMachine }) {
  const [migrator, setMigrator] = useState<SimMigrator>('dcbm');
  const [size, setSize] = useState('64');
  const [cluster, setCluster] = useState(COMPACT_CLUSTER_MAX);
  const [speed, setSpeed] = useState(2);
  const { channels, hogs, seed } = machine;
  const cell: CompactionCell = {
    migrator,
    hogs,
    ...(migrator === 'dcbm' ? { channels } : {}),
    ...(migrator === 'mtcopy' ? { threads: THREADS } : {}),
  };
  const settings = { profile: profileOf(machine), seed, hugePages: Number(size), cluster };
  const { frame, playing, problem, play, pause, step, restart } = useZone(
    { kind: 'zone', cell, settings },
    2 ** speed,
  );
  const done = frame?.phase === 'done';
  return (
    <Panel
      title="A zone"
      note="filled, fragmented, and compacted until the huge pages are allocated: one pixel per page"
    >
      <div class="fields roomy">
        <SelectField label="Huge pages wanted" value={size} options={SIZES} onChange={setSize} />
        <SelectField label="Migrator" value={migrator} options={SIM_MIGRATORS} onChange={setMigrator} />
        <NumberField
          label="Cluster"
          hint="pages a batch"
          min={1}
          max={4096}
          value={cluster}
          onChange={setCluster}
        />
        <RangeField
          label="Speed"
          min={0}
          max={9}
          value={speed}
          text={(power) => `${2 ** power} step${power === 0 ? '' : 's'}`}
          onChange={setSpeed}
        />
      </div>
      <div class="actions">
        {playing ? (
          <button type="button" class="primary" onClick={pause}>
            Pause
          </button>
        ) : (
          <button type="button" class="primary" disabled={frame === undefined || done} onClick={play}>
            Play
          </button>
        )}
        <button type="button" disabled={frame === undefined || done || playing} onClick={step}>
          Step
        </button>
        <button type="button" disabled={frame === undefined} onClick={restart}>
          From the beginning
        </button>
        <ZoneLegend />
      </div>
      <LabProblem text={problem} />
      {frame !== undefined && (
        <>
          <ZoneCanvas
            frame={frame}
            label={`The zone, ${frame.phase}: ${formatCount(frame.picture.length)} pages, ${frame.hugePages} huge pages allocated`}
          />
          <ZoneFigures frame={frame} />
        </>
      )}
      <Command
        label={`The same figures, row “${hogs > 0 ? 'busy ' : ''}${migrator}”:`}
        text={compactionCommand(cell, settings, machine)}
      />
    </Panel>
  );
}
