import { useMemo, useState } from 'preact/hooks';
import { MigrationError } from '../../../src/common/migration-error.js';
import { SIM_MIGRATORS } from '../../../src/sim/experiments/move.js';
import type { CellsRequest, SweepRequest } from '../../../src/sim/lab/lab-protocol.js';
import { SURFACE_FOLIOS } from '../../../src/sim/lab/surface-plan.js';
import {
  breakEvenPairs,
  FIRST_SWEEP,
  type LabSweep,
  labSweep,
  SWEEP_LABELS,
  type SweepForm,
  suggestedValues,
} from '../../../src/sim/lab/sweep-form.js';
import { OBJECTIVES } from '../../../src/sim/sweep/objectives.js';
import { axisNames } from '../../../src/sim/sweep/parameters.js';
import { SAMPLINGS, type Sampling } from '../../../src/sim/sweep/plan.js';
import type { SweepReport } from '../../../src/sim/sweep/summary.js';
import { CheckField, SelectField, TextField } from '../ui/field.js';
import { formatBytes, formatCount } from '../ui/format.js';
import { Panel } from '../ui/panel.js';
import { Command } from './command.js';
import { sweepCommand } from './command-line.js';
import { type LabMachine, profileOf } from './lab-machine.js';
import { LabProblem } from './lab-problem.js';
import { LoadButton } from './load-button.js';
import { problemOf } from './problem-of.js';
import { RunButton } from './run-button.js';
import { type AxisDraft, draftOf, SweepAxisFields } from './sweep-axis-fields.js';
import { SweepResults } from './sweep-results.js';
import { useLabRun } from './use-lab-run.js';
import { useSettled } from './use-settled.js';
import './sweep.css';

const SIZES = [2 ** 24, 2 ** 26, FIRST_SWEEP.bytes, 2 ** 30];
const SAMPLING_TEXTS: Readonly<Record<Sampling, string>> = {
  grid: 'grid: all combinations',
  random: 'random sample',
  latin: 'Latin hypercube',
};
const HERE = 'simulated here';

interface Form extends SweepForm {
  readonly axes: readonly AxisDraft[];
}

const FIRST: Form = {
  ...FIRST_SWEEP,
  axes: FIRST_SWEEP.axes.map(({ name, values }, id) => draftOf(id, name, values)),
};

/** The sweep of the fields, or why there is none. */
type Chosen = { readonly sweep: LabSweep } | { readonly error: unknown };

/** Migrations over a space of machines and settings: what `pageferry sim sweep` prints. */
export function SweepPanel({ machine }: { readonly machine: LabMachine }) {
  const [form, setForm] = useState<Form>(FIRST);
  const [opened, setOpened] = useState<{ readonly file: File; readonly number: number }>();
  const [fromFile, setFromFile] = useState(false);
  const [shown, setShown] = useState<{ readonly report: SweepReport; readonly source: number }>();
  const { running, problem, run, cancel } = useLabRun();
  const set = (change: Partial<Form>) => setForm({ ...form, ...change });
  const chosen = useMemo(() => choose(form, machine), [form, machine]);
  const { axes, sampling, samples, objectives, breakEven } = form;
  const file = fromFile ? opened?.file : undefined;
  // Results of another source are not those of the fields.
  const source = fromFile && opened !== undefined ? opened.number : 0;
  const report = shown?.source === source ? shown.report : undefined;
  const names =
    file === undefined ? axes.map(({ name }) => name) : (report?.axes ?? []).map(({ name }) => name);
  const pairs = breakEvenPairs(names);
  const surface = pairs.find((pair) => pair.join() === breakEven);
  const request = requestOf(file, chosen, form, surface);
  const start = async () => {
    if (request === undefined) return cancel();
    await run(request, (event) => {
      if (event.kind === 'swept') setShown({ report: event.report, source });
    });
  };
  const key = JSON.stringify([source, request, file === undefined ? undefined : surface]);
  useSettled(key, () => void start());
  const open = (file: File) => {
    setOpened({ file, number: (opened?.number ?? 0) + 1 });
    setFromFile(true);
    // Its axes are not known yet.
    set({ breakEven: '' });
  };
  const wrong = file === undefined && 'error' in chosen ? chosen.error : undefined;
  const varies = (name: string) => axes.some((axis) => axis.name === name);
  return (
    <Panel
      title="Sweep"
      note="a whole space of machines and settings, in virtual time"
      aside={
        <>
          {running && (
            <progress
              class="short"
              value={report?.done ?? 0}
              max={report?.cells ?? 1}
              aria-label="Cells of the sweep"
            />
          )}
          <RunButton running={running} start={() => void start()} cancel={cancel} />
        </>
      }
    >
      <div class="fields machine">
        <SelectField
          label="Cells"
          value={fromFile ? 'file' : 'here'}
          options={[
            { value: 'here', text: HERE },
            ...(opened === undefined ? [] : [{ value: 'file', text: opened.file.name }]),
          ]}
          onChange={(value) => setFromFile(value === 'file')}
        />
        <LoadButton text="Open cells…" accept=".jsonl,.ndjson,.json,application/jsonl" onLoad={open} />
        <SelectField
          label={SWEEP_LABELS.breakEven}
          value={surface?.join() ?? ''}
          options={[
            { value: '', text: 'none' },
            ...pairs.map(([x, y]) => ({ value: `${x},${y}`, text: `${x}, by ${y}` })),
          ]}
          onChange={(value) => set({ breakEven: value })}
        />
      </div>
      <fieldset class="choices">
        <legend>{SWEEP_LABELS.objectives}</legend>
        {OBJECTIVES.map(({ name, goal }) => (
          <CheckField
            key={name}
            label={name}
            hint={goal}
            checked={objectives.includes(name)}
            onChange={(on) =>
              set({
                objectives: OBJECTIVES.map((each) => each.name).filter((each) =>
                  each === name ? on : objectives.includes(each),
                ),
              })
            }
          />
        ))}
      </fieldset>
      {file === undefined && (
        <>
          {axes.map((axis, at) => (
            <SweepAxisFields
              key={axis.id}
              at={at}
              axis={axis}
              profile={profileOf(machine)}
              invalid={isAbout(wrong, SWEEP_LABELS.axis(at))}
              onChange={(changed) => set({ axes: axes.with(at, changed) })}
              onRemove={axes.length === 1 ? undefined : () => set({ axes: axes.toSpliced(at, 1) })}
            />
          ))}
          <div class="actions">
            <button type="button" onClick={() => set({ axes: [...axes, nextAxis(axes, machine)] })}>
              Add an axis
            </button>
          </div>
          <div class="fields machine">
            <SelectField
              label="Which cells"
              value={sampling}
              options={SAMPLINGS.map((value) => ({ value, text: SAMPLING_TEXTS[value] }))}
              onChange={(value) => set({ sampling: value })}
            />
            <TextField
              label={SWEEP_LABELS.cells}
              value={samples}
              disabled={sampling === 'grid'}
              invalid={isAbout(wrong, SWEEP_LABELS.cells)}
              onChange={(text) => set({ samples: text })}
            />
            <SelectField
              label={SWEEP_LABELS.folio}
              disabled={varies('folio')}
              value={String(form.folio)}
              options={SURFACE_FOLIOS.map(sizeOption)}
              onChange={(text) => set({ folio: Number(text) })}
            />
            <SelectField
              label={SWEEP_LABELS.migrator}
              disabled={varies('migrator')}
              value={form.migrator}
              options={SIM_MIGRATORS}
              onChange={(migrator) => set({ migrator })}
            />
            <SelectField
              label={SWEEP_LABELS.bytes}
              disabled={varies('bytes')}
              value={String(form.bytes)}
              options={SIZES.map(sizeOption)}
              onChange={(text) => set({ bytes: Number(text) })}
            />
          </div>
        </>
      )}
      <LabProblem text={wrong === undefined ? problem : problemOf(wrong)} />
      <p class="visually-hidden" role="status">
        {!running && report !== undefined && `${formatCount(report.done)} cells are done.`}
      </p>
      <div class="stack" aria-busy={running}>
        {report === undefined ? <p class="note">Nothing yet.</p> : <SweepResults report={report} />}
        {file === undefined && 'sweep' in chosen && (
          <Command label="The same figures:" text={sweepCommand(chosen.sweep.choice, machine)} />
        )}
      </div>
    </Panel>
  );
}

function choose(form: Form, machine: LabMachine): Chosen {
  try {
    return { sweep: labSweep(form, { ...machine, profile: profileOf(machine) }) };
  } catch (error) {
    return { error };
  }
}

function requestOf(
  file: File | undefined,
  chosen: Chosen,
  { objectives }: Form,
  breakEven: readonly [x: string, y: string] | undefined,
): SweepRequest | CellsRequest | undefined {
  if (file !== undefined) return { kind: 'cells', file, name: file.name, objectives, breakEven };
  if ('error' in chosen) return undefined;
  const { plan, objectives: goals, surface } = chosen.sweep;
  return { kind: 'sweep', plan, objectives: goals, surface };
}

/** Whether an error names this field. */
function isAbout(error: unknown, label: string): boolean {
  return error instanceof MigrationError && `${error.argument} `.startsWith(`${label} `);
}

/** Another axis of a name that does not vary yet. */
function nextAxis(axes: readonly AxisDraft[], machine: LabMachine): AxisDraft {
  const profile = profileOf(machine);
  const taken = new Set(axes.map(({ name }) => name));
  const name = axisNames(profile).find((each) => !taken.has(each))!;
  return draftOf(Math.max(...axes.map(({ id }) => id)) + 1, name, suggestedValues(name, profile));
}

function sizeOption(bytes: number): { readonly value: string; readonly text: string } {
  return { value: String(bytes), text: formatBytes(bytes) };
}
