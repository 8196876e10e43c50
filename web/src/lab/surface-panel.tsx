import { useRef, useState } from 'preact/hooks';
import {
  DEFAULT_CUTOVER_PAGES,
  SURFACE_BATCHES,
  SURFACE_CUTOVERS,
  SURFACE_FOLIOS,
  type SurfaceAxis,
  surfaceCells,
  surfaceRows,
} from '../../../src/sim/lab/surface-plan.js';
import { SelectField } from '../ui/field.js';
import { formatBytes } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { type LabMachine, profileOf } from './lab-machine.js';
import { LabProblem } from './lab-problem.js';
import { RunButton } from './run-button.js';
import { keyOf, type Surface } from './surface.js';
import { SurfaceChart } from './surface-chart.js';
import { SurfaceDetail } from './surface-detail.js';
import { SurfaceMap } from './surface-map.js';
import { SurfaceTable } from './surface-table.js';
import { useLabRun } from './use-lab-run.js';
import { useSettled } from './use-settled.js';

const SIZES = [16, 64, 256, 1024].map((mib) => mib * 2 ** 20);
const WORDS = 4;

/** Throughput by folio size and by channels or batch: what `pageferry sim move` prints, as a map. */
export function SurfacePanel({ machine }: { readonly machine: LabMachine }) {
  const [axis, setAxis] = useState<SurfaceAxis>('channels');
  const [migrator, setMigrator] = useState<'cpu' | 'mtcopy' | 'dcbm'>('dcbm');
  const [batch, setBatch] = useState('default');
  const [cutoverPages, setCutoverPages] = useState(DEFAULT_CUTOVER_PAGES);
  const [bytes, setBytes] = useState(SIZES[1]!);
  const [surface, setSurface] = useState<Surface>(new Map());
  const [chosen, setChosen] = useState({ row: 1, column: 0 });
  const { running, problem, run, cancel } = useLabRun();
  const profile = profileOf(machine);
  const batchPages = batch === 'default' ? {} : { batchPages: Number(batch) };
  const rows = surfaceRows({ axis, profile, migrator, channels: machine.channels, bytes, ...batchPages });
  const cells = surfaceCells(rows, bytes, machine.copyMode);
  const settings = { profile, seed: machine.seed, words: WORDS, hogs: machine.hogs, cutoverPages };
  const shape = useRef('');
  const start = async () => {
    const now = JSON.stringify(rows.map(({ label }) => label));
    const keeps = now === shape.current;
    shape.current = now;
    // What was there stays until what replaces it is known, where it is the same cell.
    setSurface(
      (old) => new Map(keeps ? [...old].map(([key, result]) => [key, { ...result, stale: true }]) : []),
    );
    const outcome = await run({ kind: 'surface', cells, settings }, (event) => {
      if (event.kind !== 'cell') return;
      const { cell, figures } = event;
      const key = keyOf(cell.row, cell.cell.folio);
      setSurface((old) => new Map(old).set(key, { cell, figures, stale: false }));
    });
    if (outcome !== 'done') setSurface((old) => new Map([...old].filter(([, { stale }]) => !stale)));
  };
  useSettled(JSON.stringify([cells, settings]), () => void start());
  const fresh = [...surface.values()].filter(({ stale }) => !stale).length;
  const row = Math.min(chosen.row, rows.length - 1);
  const at = { row, column: chosen.column };
  return (
    <Panel
      title="Throughput"
      note={`${formatBytes(bytes)} from node to node in virtual time; GB/s = 10⁹ bytes a second`}
      aside={
        <>
          {running && (
            <progress class="short" value={fresh} max={cells.length} aria-label="Cells simulated" />
          )}
          <RunButton running={running} start={() => void start()} cancel={cancel} />
        </>
      }
    >
      <div class="fields roomy">
        <SelectField
          label="Rows"
          value={axis}
          options={[
            { value: 'channels', text: 'channels or threads' },
            { value: 'batch', text: 'largest batch' },
          ]}
          onChange={setAxis}
        />
        <SelectField
          label="Migrator"
          value={migrator}
          options={['dcbm', 'mtcopy', 'cpu']}
          onChange={setMigrator}
        />
        <SelectField
          label="Batch"
          disabled={axis === 'batch'}
          value={batch}
          options={[
            { value: 'default', text: "the RFC's: 2M, offloaded 1G" },
            ...SURFACE_BATCHES.map((pages) => ({ value: String(pages), text: formatBytes(pages * 4096) })),
          ]}
          onChange={setBatch}
        />
        <SelectField
          label="Cut over at once"
          hint="write-protected"
          disabled={machine.copyMode === 'exclusive'}
          value={String(cutoverPages)}
          options={SURFACE_CUTOVERS.map((pages) => ({
            value: String(pages),
            text: formatBytes(pages * 4096),
          }))}
          onChange={(text) => setCutoverPages(Number(text))}
        />
        <SelectField
          label="Moved in all"
          value={String(bytes)}
          options={SIZES.map((size) => ({ value: String(size), text: formatBytes(size) }))}
          onChange={(text) => setBytes(Number(text))}
        />
      </div>
      <LabProblem text={problem} />
      <div class="pair">
        <div class="stack">
          <SurfaceMap axis={axis} rows={rows} surface={surface} chosen={at} onChoose={setChosen} />
          <SurfaceDetail
            rows={rows}
            surface={surface}
            row={row}
            folio={SURFACE_FOLIOS[at.column]!}
            cutoverPages={cutoverPages}
            machine={machine}
          />
        </div>
        <SurfaceChart rows={rows} surface={surface} />
      </div>
      <SurfaceTable rows={rows} surface={surface} />
    </Panel>
  );
}
